import assert from "node:assert/strict";

import { recordOf } from "../../config/route-list";
import { ROUTE_SCRIPT, routeCommands } from "../../router/asus/script";
import { Home, inHome } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { FOREIGN, inPlace, LIVE, RECORD } from "../support/judgements";
import { only, runProgram } from "../support/program";
import { answerOf } from "../support/readings";
import { route } from "../support/routes";
import { answering, checking, preview, routerStack, up } from "../support/router-stack";
import { devConfig } from "../support/stack-files";

const stack = routerStack();
const URN = "urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route";
const options = { owner: "lab-dev", adopt: false, enableDormant: false };
/** Returns the command that applies the routes of a plan. */
const command = (host = "192.168.50.1", plan = stack.plan) => ({
  urn: URN,
  type: "command:remote:Command",
  inputs: { triggers: [host], stdin: routeCommands(plan.routes, options).stdin },
});
const pending = (...which: Parameters<typeof command>) => ({
  pending: Promise.resolve({ creating: [command(...which)], updating: [] }),
});
const changing = { pending: Promise.resolve({ creating: [], updating: [command()] }) };
const interrupted = "to the router 192.168.50.1";
const takenUp = `info: [runtime] The last run was interrupted while it applied the routes ${interrupted}: this run takes over what exists.`;

describe("routes that an interrupted run was applying", () => {
  inHome();

  it("belong to the stack if they exist, also in a preview", async () => {
    for (const when of [{}, preview]) {
      const { adopt, repair, warnings, notes } = await checking(stack, when, pending(), answering(inPlace));
      assert.deepEqual([adopt, repair, warnings, notes.filter((note) => !note.includes("are saved in"))], [true, false, [], [takenUp]]);
    }
  });

  it("may exist in part, or not at all", async () => {
    for (const situation of [{ variables: { sr_rulelist: RECORD } }, {}])
      assert.deepEqual(await checking(stack, preview, pending(), answering(situation)), {
        repair: false,
        adopt: true,
        warnings: [],
        notes: [takenUp],
      });
  });

  it("belong to the stack if they were to replace others", async () => {
    const former = up(routerStack({ "pools[0].addresses": ["10.5.8.0/24"] }));
    assert.deepEqual(await checking(stack, former, pending(), answering(inPlace)), {
      repair: false,
      adopt: true,
      warnings: [],
      notes: [takenUp],
    });
  });

  it("are unmanaged without an interrupted run, if they were for another router, and if they conflict", async () => {
    for (const circumstances of [{}, pending("192.168.50.254")])
      await assert.rejects(checking(stack, preview, circumstances, answering(inPlace)), /the router's list already has .* made by hand/);
    const other = { variables: { sr_rulelist: "<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN" } };
    await assert.rejects(checking(stack, preview, pending(), answering(other)), /the router's list/);
  });

  it("belong to the stack if they were to be updated in place", async () => {
    const former = up(routerStack({ "router.metric": 7 }));
    assert.deepEqual(await checking(stack, former, changing, answering(inPlace)), {
      repair: false,
      adopt: true,
      warnings: [],
      notes: [takenUp],
    });
  });

  it("are reported if the plan no longer has them, since nothing will remove them", async () => {
    const { plan } = routerStack({ "pools[0].addresses": ["10.5.8.0/24"] });
    const { adopt, warnings } = await checking(stack, preview, up(), pending("192.168.50.1", plan), answering(inPlace));
    assert.deepEqual(
      [adopt, warnings],
      [
        undefined,
        [
          `warning: [runtime] The last run was interrupted while it applied '10.5.8.0>255.255.255.0>192.168.50.11>0>LAN' ${interrupted}, and the plan has other routes: ` +
            "remove them from the router if they exist.",
        ],
      ],
    );
  });
});

describe("the router command", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());

  const input = (adopt: 0 | 1) =>
    `set -- "$1" 552427561 ${adopt} 0 route '10.5.0.0' '24' '255.255.255.0' '192.168.50.11' '0'\n${ROUTE_SCRIPT}`;
  const router = (text: string) => ({ query: () => Promise.resolve({ text, hostKey: HOST_KEY }) });
  /** Returns the command's registered input. */
  async function registered(changes: Record<string, unknown>, circumstances: Parameters<typeof runProgram>[2] = {}): Promise<unknown> {
    const config = devConfig({ "router.hostKey": HOST_KEY, ...changes });
    const run = await runProgram("lab-dev", config, { preview: true, router: router(answerOf(inPlace)), ...circumstances });
    return only(run, "command:remote:Command").inputs["stdin"];
  }
  const state: [string, ...string[]] = ["192.168.50.1", ...stack.plan.routes.map(recordOf)];

  it("adopts the routes that an interrupted run was applying", async () => {
    assert.equal(await registered({}, { pending: [{ type: "creating", resource: command() }] }), input(1));
  });

  it("is the same once the stack owns the routes, however that happened", async () => {
    assert.equal(await registered({}, { state, input: input(1) }), input(1));
    assert.equal(await registered({ "router.adopt": true }, { state, input: input(0) }), input(0));
    assert.equal(await registered({}, { state, input: input(0) }), input(0));
  });

  it("is the same after a run that added and removed routes, until the router has a removed one again", async () => {
    const record = routeCommands([route("10.5.8.0/24", "192.168.50.11")], options).stdin;
    const changed = routeCommands(stack.plan.routes, options, record).stdin;
    assert.match(changed, / gone '10\.5\.8\.0' .* add '10\.5\.0\.0' /);
    assert.equal(await registered({}, { state, input: changed }), changed);
    const again = { variables: { sr_rulelist: `${RECORD}<10.5.8.0>255.255.255.0>192.168.50.11>>LAN` }, table: [LIVE] };
    assert.equal(await registered({}, { state, input: changed, router: router(answerOf(again)) }), input(0));
  });

  it("is another if a route, an option or the script differs", async () => {
    const situation = { variables: { sr_rulelist: `${RECORD}${FOREIGN}` }, ...inPlace };
    const on = router(answerOf(situation));
    assert.equal(
      await registered({ "router.metric": 0, "router.enableDormant": true }, { state, input: input(1), router: on }),
      input(0).replace("0 0 route", "0 1 route"),
    );
    assert.equal(await registered({}, { state, input: `${input(1)}# an older one` }), input(0));
  });
});
