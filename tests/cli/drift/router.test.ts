import assert from "node:assert/strict";

import type { StateReading } from "../../../cli/check/cli";
import { compareRouter } from "../../../cli/drift/router";
import { RouterUnreachable, RouterRejects } from "../../../router/ssh-errors";
import { HOST_KEY } from "../../support/host-key";
import { LIVE, RECORD } from "../../support/judgements";
import { answerOf, type Situation } from "../../support/readings";
import { fresh, plannedStack, text, upState } from "../../support/stacks";

const made: Situation = { variables: { sr_rulelist: RECORD }, table: [LIVE] };
const answers = "ok router: 192.168.50.1:22 answers";
const unasked = "unknown routes: skipped: the router cannot be read, see above";

/** Returns the lines about a router with this answer or error. */
async function reported(
  answer: Situation | Error | string,
  stack = plannedStack(),
  state: StateReading = upState(stack),
): Promise<string[]> {
  const query = () => {
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ text: typeof answer === "string" ? answer : answerOf(answer), hostKey: HOST_KEY });
  };
  const lines = await compareRouter(stack, state, { query, readKey: () => Promise.resolve(HOST_KEY) });
  return lines.map(text);
}

describe("homelab drift, about the router", () => {
  it("reports no drift if plan, state and router agree", async () => {
    assert.deepEqual(await reported(made), [
      answers,
      "ok routes: 10.5.0.0/24 via 192.168.50.11: as planned and as in the state, in the router's settings and active",
    ]);
  });

  it("names changes since the deployment", async () => {
    const place = 'Pulumi.lab-dev.yaml:8: pools[0].addresses[0] = "10.5.0.0/24": it';
    assert.deepEqual(await reported({}), [
      answers,
      `differs routes: ${place}s record is missing from the router's list; pulumi up corrects it`,
      `differs routes: ${place} is missing from the router's table; pulumi up corrects it`,
    ]);
  });

  it("tells drift from the plan and drift from the state apart, before the first up and after an edit", async () => {
    const [, first] = await reported({}, plannedStack(), fresh);
    assert.equal(
      first,
      "differs routes: the plan has '<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN', the state none; pulumi up --stack lab-dev",
    );
    const moved = plannedStack({ "gateway.addresses[0]": "192.168.50.12" });
    const [, changed] = await reported(made, moved, upState(plannedStack()));
    assert.match(changed ?? "", /^differs routes: the plan has '<10\.5\.0\.0>.*192\.168\.50\.12>0>LAN', the state '<.*50\.11>0>LAN'; /);
  });

  it("reports routes on another router, and unknown routes without a state", async () => {
    const elsewhere = upState(plannedStack({ "router.host": "192.168.50.254" }));
    assert.deepEqual(await reported(made, plannedStack(), elsewhere), [
      answers,
      "differs routes: the state has them on router 192.168.50.254, the plan on router 192.168.50.1; pulumi up --stack lab-dev",
    ]);
    assert.deepEqual(await reported(made, plannedStack(), {}), [answers, "unknown routes: skipped: the stack's state cannot be read"]);
  });

  for (const [title, answer, printed] of [
    [
      "does not answer",
      new RouterUnreachable("192.168.50.1:22 does not answer (ECONNREFUSED)"),
      /router\.host = .*ECONNREFUSED\); switch it on/,
    ],
    ["shows another host key", new RouterRejects("hostKey", "another", "write this one"), /router\.hostKey = .*: another; write this one$/],
    ["refuses the login", new RouterRejects("user", "refused", "correct it"), /router\.user = "homelab": refused; correct it$/],
    ["is no such router", "Welcome to OpenWrt!\n", /answers, but not like a router of type asus: it has no nvram; correct router\.host/],
  ] as const) {
    it(`cannot compare a router that ${title}`, async () => {
      const [line = "", ...rest] = await reported(answer);
      assert.match(line, /^failed router: Pulumi\.lab-dev\.yaml:\d+: /);
      assert.match(line, printed);
      assert.deepEqual(rest, [unasked]);
    });
  }

  it("connects to no router if no host key is pinned, routes are entered by hand, or there are none", async () => {
    const mustNotConnect = new Error("the router must not be contacted");
    const [unpinned = "", ...rest] = await reported(mustNotConnect, plannedStack({ "router.hostKey": undefined }));
    assert.match(unpinned, /^failed router: .*missing, and 192\.168\.50\.1 shows ssh-ed25519 /);
    assert.deepEqual(rest, [unasked]);
    const [manual = ""] = await reported(mustNotConnect, plannedStack({ "router.type": "manual" }), fresh);
    assert.match(manual, /^ok router: type manual: not checked/);
    const unrouted = plannedStack({ "pools[0].route": false, "pools[0].addresses": ["192.168.50.200-192.168.50.219"] });
    assert.deepEqual(await reported(mustNotConnect, unrouted, fresh), []);
  });
});
