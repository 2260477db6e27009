import assert from "node:assert/strict";

import type { StateReading } from "../../../cli/check/cli";
import type { PlannedStack } from "../../../cli/check/stacks";
import { checkRouter, type Deps } from "../../../cli/doctor/router";
import { RouterUnreachable, RouterRejects } from "../../../router/ssh-errors";
import { asus } from "../../../router/asus/driver";
import { HOST_KEY } from "../../support/host-key";
import { LIVE, RECORD } from "../../support/judgements";
import { answerOf, type Situation } from "../../support/readings";
import { fresh, plannedStack, text, upState } from "../../support/stacks";

const examined = "@firmver\n3.0.0.4\n@buildno\n388\n@lacking\n@space\nsize: 60000 bytes (5536 left)\n@examined\n";
const at = (line: number, rest: string) => `Pulumi.lab-dev.yaml:${line}: ${rest}`;
const unknowns = (why: string, ...names: string[]) => names.map((name) => `unknown ${name}: ${why}`);
const inside = ["firmware", "programs", "nvram", "lan", "routes"];
const answers = "ok router: 192.168.50.1:22 answers";
const pinned = "ok host key: as pinned, ssh-ed25519";
const sound = [
  answers,
  pinned,
  "ok login: as homelab",
  "ok firmware: routing mode, ASUS router with firmware 3.0.0.4.388",
  "ok programs: all 13 that are needed",
];

/** Returns the lines about a router with this answer or error. */
async function reported(
  answer: string | Error,
  stack = plannedStack(),
  state: StateReading = fresh,
  see?: Deps["readKey"],
): Promise<string[]> {
  const asked: (readonly string[])[] = [];
  const deps: Deps = {
    query: (_, commands) => {
      asked.push(commands);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ text: answer, hostKey: HOST_KEY });
    },
    readKey: see ?? (() => assert.fail("the host key was asked for")),
  };
  const lines = await checkRouter({ ...stack, state: () => Promise.resolve(state) }, deps);
  for (const commands of asked) assert.deepEqual(commands, [asus.query(stack.plan.routes), asus.examination?.command]);
  assert.ok(asked.length <= 1, "more than one connection");
  return lines.map(text);
}

const having = (situation: Situation = {}) => `${answerOf(situation)}${examined}`;

describe("homelab doctor, about the router", () => {
  it("prints a line for each check of a router before the first up", async () => {
    assert.deepEqual(await reported(having()), [
      ...sound,
      "ok nvram: 5536 of 65536 bytes free, and the routes need 43 more",
      "ok lan: 192.168.50.0/24 on br0, as planned",
      "ok routes: 10.5.0.0/24 via 192.168.50.11: no conflict",
    ]);
  });

  it("recognises the stack's own routes by its state", async () => {
    const stack = plannedStack();
    const situation = { variables: { sr_rulelist: RECORD }, table: [LIVE] };
    const last = async (state: StateReading) => (await reported(having(situation), stack, state)).at(-1);
    assert.equal(await last(upState(stack)), "ok routes: 10.5.0.0/24 via 192.168.50.11: managed by this stack, no conflict");
    const byHand = "made by hand or by an interrupted run; set router.adopt: true to take it over, or remove it on the page LAN > Route";
    const record = `pools[0].addresses[0] = "10.5.0.0/24": the router's list already has '${RECORD}' for it`;
    assert.equal(await last(fresh), `failed routes: ${at(8, `${record}, ${byHand}`)}`);
    assert.equal(await last({}), "unknown routes: skipped: the stack's state cannot be read");
    const gone = (await reported(having(), stack, upState(stack))).slice(-2);
    const place = 'Pulumi.lab-dev.yaml:8: pools[0].addresses[0] = "10.5.0.0/24": it';
    assert.deepEqual(gone, [
      `warning routes: ${place}s record is missing from the router's list; pulumi up corrects it`,
      `warning routes: ${place} is missing from the router's table; pulumi up corrects it`,
    ]);
    const [command] = [...(upState(stack).outputs ?? [])];
    const pending = { creating: [{ urn: command?.[0] ?? "", type: "command:remote:Command", inputs: command?.[1] ?? {} }], updating: [] };
    assert.match((await last({ ...fresh, pending })) ?? "", /^ok routes: /, "a run that applied them was interrupted");
    const elsewhere = upState(plannedStack({ "router.host": "192.168.50.254" }));
    assert.equal((await reported(having(), stack, elsewhere)).at(-1), "ok routes: still on 192.168.50.254; up removes them there");
  });

  it("reports an unreachable router, and what is therefore unknown", async () => {
    const silent = new RouterUnreachable("192.168.50.1:22 does not answer (ECONNREFUSED)");
    assert.deepEqual(await reported(silent), [
      `failed router: ${at(14, 'router.host = "192.168.50.1": 192.168.50.1:22 does not answer (ECONNREFUSED); switch it on, with SSH for its LAN')}`,
      ...unknowns("the router does not answer", "host key", "login", ...inside),
    ]);
  });

  it("reports a changed host key", async () => {
    const refuses = new RouterRejects("hostKey", "192.168.50.1 shows another host key, ssh-ed25519 BBBB", "write this one");
    const [router, key, ...others] = await reported(refuses);
    assert.equal(router, answers);
    assert.match(
      key ?? "",
      /^failed host key: .*router\.hostKey = "ssh-ed25519 AAAA.*": 192\.168\.50\.1 shows another host key, .*; write this one$/,
    );
    assert.deepEqual(others, unknowns("skipped: the host key does not match", "login", ...inside));
  });

  it("reports a rejected login, an unusable key, and a missing key", async () => {
    const login = (key: RouterRejects["key"]) => reported(new RouterRejects(key, "the rule", "the fix"));
    const [router, key, user, ...others] = await login("user");
    assert.deepEqual([router, key], [answers, pinned]);
    assert.match(user ?? "", /^failed login: .*router\.user = "homelab": the rule; the fix$/);
    assert.deepEqual(others, unknowns("skipped: the login failed", ...inside));
    const [unusable, ...rest] = await login("privateKeyFile");
    assert.match(unusable ?? "", /^failed login: .*router\.privateKeyFile = \(not shown\): the rule; the fix$/);
    assert.deepEqual(rest, unknowns("skipped: no usable key or password", "router", "host key", ...inside));
    const missing = { path: "router.privateKeyFile", value: '"x"', rule: "no such file", fix: "set it" };
    const stack = plannedStack({}, { problems: { kubeconfig: [], login: [missing] } });
    const [first, ...further] = await reported(new Error("the router must not be contacted"), stack);
    assert.match(first ?? "", /^failed login: .*no such file; set it$/);
    assert.deepEqual(further, rest);
  });

  it("prints the host key if none is pinned, and does not log in", async () => {
    const unpinned = plannedStack({ "router.hostKey": undefined });
    const [key, ...others] = await reported(new Error("the router must not be contacted"), unpinned, fresh, () =>
      Promise.resolve(HOST_KEY),
    );
    const shown = `missing, and 192.168.50.1 shows ${HOST_KEY}; if that is your router's key, add the line "hostKey: ${HOST_KEY}"`;
    assert.ok(key?.startsWith("failed host key: Pulumi.lab-dev.yaml:") && key.endsWith(shown), key);
    assert.deepEqual(others, unknowns("skipped: no pinned host key", "login", ...inside));
    const any = plannedStack({ "router.hostKey": undefined, "router.acceptAnyHostKey": true });
    const [router, trusted] = await reported(having(), any);
    assert.equal(router, answers);
    assert.match(trusted ?? "", /^warning host key: .*not pinned, so any host that answers at 192\.168\.50\.1 is trusted/);
  });

  it("reports a router of another type", async () => {
    const lines = await reported("Welcome to OpenWrt!\n");
    assert.match(
      lines[3] ?? "",
      /^failed firmware: .*answers, but not like a router of type asus: it has no nvram; correct router\.host or/,
    );
    assert.deepEqual(lines.slice(4), unknowns("skipped: this is not a router of that type", "programs", "nvram", "lan", "routes"));
  });

  it("connects to no router if routes are entered by hand, or there are none", async () => {
    const one = async (stack: PlannedStack) => (await reported(new Error("the router must not be contacted"), stack)).join("\n");
    assert.match(await one(plannedStack({ "router.type": "manual" })), /^ok router: type manual: not checked/);
    assert.equal(
      await one(plannedStack({ "pools[0].route": false, "pools[0].addresses": ["192.168.50.200-192.168.50.219"] })),
      "ok router: not needed: no pool has a route",
    );
  });
});
