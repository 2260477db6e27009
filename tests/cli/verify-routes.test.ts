import assert from "node:assert/strict";

import { there } from "../../cli/verify/from";
import { fromHost } from "../../cli/verify/http-get";
import { checkRoutes } from "../../cli/verify/routes";
import { HOST_KEY } from "../support/host-key";
import { LIVE, RECORD } from "../support/judgements";
import { answerOf, type Situation } from "../support/readings";
import { plannedStack, text, upState } from "../support/stacks";

/** Returns the lines about a router in a situation. The state has the routes of a stack with other values. */
async function reported(situation: Situation, changes: Readonly<Record<string, unknown>> = {}, before = changes): Promise<string[]> {
  const state = upState(plannedStack(before));
  const stack = plannedStack(changes, { state: () => Promise.resolve(state) });
  const query = () => Promise.resolve({ text: answerOf(situation), hostKey: HOST_KEY });
  return (await checkRoutes(stack, { query, readKey: () => Promise.resolve(HOST_KEY) })).map(text);
}

const answers = "ok router: 192.168.50.1:22 answers";
const made: Situation = { variables: { sr_rulelist: RECORD }, table: [LIVE] };
const pools = (...addresses: string[]) => ({ "pools[0].addresses": addresses });

describe("homelab verify, about the routes", () => {
  it("accepts routes that are as planned", async () => {
    assert.deepEqual(await reported(made), [answers, "ok route 10.5.0.0/24: via 192.168.50.11, in the router's settings and active"]);
  });

  it("calls a route pending, and none of the stack's own foreign, after an edit that is not deployed", async () => {
    for (const edit of ["10.5.0.0/25", "10.5.0.0/23", "10.7.0.0/24"]) {
      assert.deepEqual(await reported(made, pools(edit), pools("10.5.0.0/24")), [
        answers,
        `failed route ${edit}: planned, and not deployed yet; pulumi up --stack lab-dev`,
      ]);
    }
    assert.deepEqual(await reported(made, pools("10.5.0.0/24", "10.7.0.0/24"), pools("10.5.0.0/24")), [
      answers,
      "ok route 10.5.0.0/24: via 192.168.50.11, in the router's settings and active",
      "failed route 10.7.0.0/24: planned, and not deployed yet; pulumi up --stack lab-dev",
    ]);
    assert.deepEqual(await reported(made, { "gateway.addresses[0]": "192.168.50.12" }, {}), [
      answers,
      "failed route 10.5.0.0/24: planned, and not deployed yet; pulumi up --stack lab-dev",
    ]);
  });

  it("still names a foreign route that is in the way of the edit", async () => {
    const foreign = "10.7.0.0/26 via 192.168.50.77 dev br0";
    const [, warning = ""] = await reported({ ...made, table: [LIVE, foreign] }, pools("10.7.0.0/24"), pools("10.5.0.0/24"));
    assert.match(
      warning,
      /^warning router: .*the router's table already has '10\.7\.0\.0\/26 via 192\.168\.50\.77 dev br0', which overlaps it/,
    );
  });

  it("fails for a route that the router does not use for its LAN", async () => {
    const rules = ["0:\tfrom all lookup local", "100:\tfrom all lookup 101", "32766:\tfrom all lookup main"];
    const [first, second = "", ...more] = await reported({ ...made, rules, otherTables: ["default dev tun11 table 101"] });
    assert.deepEqual([first, more], [answers, []]);
    assert.match(
      second,
      /^failed route 10\.5\.0\.0\/24: .*the router's table is overridden: it sends packets from 192\.168\.50\.2 to 10\.5\.0\.0/,
    );
  });
});

describe("homelab verify --from", () => {
  it("gives the other machine's shell nothing but an address in place of the host", async () => {
    for (const host of ["10.5.0.1';id;'", "$(id)", "name", "10.5.0.1 -o x"]) {
      await assert.rejects(fromHost("nowhere.invalid")(`http://${host}:80/`, AbortSignal.timeout(5000)), /no address|Invalid URL/);
      await assert.rejects(there("nowhere.invalid").reach(host, 80, AbortSignal.timeout(5000)), /no address|Invalid URL/);
    }
  });
});
