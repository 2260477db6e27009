import assert from "node:assert/strict";
import execa from "execa";
import { repository } from "../../config/project";
import type { Lab } from "../../lab/lab";
import { until } from "../../lab/wait";
import { DriftingStack, NAMESPACE, ROUTE, sound } from "../support/drift";
import { deploy, sharedLab } from "../support/shared-lab";

const stack = "lab-dev";
const { head, cluster, objects, others, router } = sound;

describe("homelab drift", () => {
  let lab: Lab;
  let routed: DriftingStack;
  let beforehand: unknown[];

  before(async () => {
    lab = await sharedLab(__filename);
    routed = new DriftingStack(lab, stack);
    await deploy(lab, stack);
    beforehand = await routed.everything();
  });

  const does = "pulumi up --refresh --stack lab-dev does that";
  const ofRoute = (rule: string) =>
    `differs | routes | ${routed.at(ROUTE)}pools[0].addresses[0] = "${ROUTE}": ${rule}; pulumi up corrects it`;

  it("reports no drift, and changes nothing", async () => {
    const { lines, exitCode } = await routed.drift();
    assert.deepEqual(lines, [...head, ...cluster, ...objects, others, ...router, "", "11 ok"]);
    assert.equal(exitCode, 0);
    assert.deepEqual(await routed.everything(), beforehand);
  });

  it("checks all stacks and prints JSON, by make from outside of the lab", async () => {
    const env = { LAB: lab.folders.name };
    const { stdout, exitCode } = await execa("bin/homelab", ["drift", "--all", "--json"], { cwd: repository, env, reject: false });
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { of: string; what: string; outcome: string; message: string }[] };
    // The project also has the other stack, which was never deployed.
    assert.equal(ok, false);
    assert.equal(exitCode, 2);
    assert.deepEqual(
      checks.filter(({ of }) => of === stack).map(({ outcome, what }) => `${outcome} ${what}`),
      [...head, ...cluster, ...objects, others, ...router].map((line) => line.split(" | ").slice(0, 2).join(" ")),
    );
    const [state, preview] = checks.filter(({ of }) => of === "lab-prod");
    assert.deepEqual([state?.outcome, state?.message], ["differs", "not deployed yet"]);
    assert.deepEqual([preview?.outcome, preview?.message], ["unknown", "skipped: everything would be created"]);
    const made = await execa("make", ["-s", "drift", "ARGS=lab-dev --all"], { cwd: repository, env, reject: false });
    assert.match(made.stderr, /^homelab: Give either a stack or --all, not both: "lab-dev" is one of all stacks\.$/m);
  });

  it("reports edits of the plan since the last up", async () => {
    routed.edited.write({ "pools.0.addresses": ["10.5.0.0/25"] });
    const { lines, exitCode } = await routed.drift().finally(() => routed.edited.reset());
    assert.deepEqual(lines, [
      head[0],
      `differs | preview | IPAddressPool lab-dev would be changed: spec.addresses[0]; ${does}`,
      `differs | preview | the route on the router would be changed; ${does}`,
      ...cluster,
      `differs | pool lab-dev | IPAddressPool ${NAMESPACE}/lab-dev: spec.addresses[0] is "${ROUTE}" and not "10.5.0.0/25"; pulumi up --refresh --stack lab-dev corrects it, or names the other owner of the field (docs/how-to/metallb-troubleshooting.md)`,
      objects[1],
      others,
      router[0],
      "differs | routes | the plan has '<10.5.0.0>255.255.255.128>192.168.50.11>0>LAN', the state '<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN'; pulumi up --stack lab-dev",
      "",
      "4 differ, 8 ok",
    ]);
    assert.equal(exitCode, 2);
  });

  it("reports changes that were made by hand on the router", async () => {
    const record = "<10.5.0.0>255.255.255.0>192.168.50.77>0>LAN";
    await routed.router("nvram get sr_rulelist >/tmp/list; ip route show 10.5.0.0/24 >/tmp/route");
    await routed.router(`nvram set sr_rulelist='${record}'; ip route flush ${ROUTE}`);
    const { lines, exitCode } = await routed
      .drift()
      .finally(() => routed.router('nvram set sr_rulelist="$(cat /tmp/list)"; ip route add $(cat /tmp/route)'));
    assert.deepEqual(lines, [
      head[0],
      `differs | preview | the route on the router would be changed; ${does}`,
      ...cluster,
      ...objects,
      others,
      router[0],
      ofRoute(`its record was changed on the router to '${record}'`),
      ofRoute("it is missing from the router's table"),
      "",
      "3 differ, 9 ok",
    ]);
    assert.equal(exitCode, 2);
  });

  it("leaves no lock behind when it is interrupted", async () => {
    const run = execa("bin/homelab", ["drift", stack], { cwd: repository, env: { LAB: lab.folders.name }, reject: false });
    const isAtWork = async () =>
      (await lab.operator.exec(["sh", "-c", "grep -l [p]review /proc/[0-9]*/cmdline 2>/dev/null | wc -l"])).stdout !== "0";
    await until("the preview", isAtWork, { interval: 100 });
    run.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await run;
    assert.deepEqual([exitCode, stdout, stderr], [143, "", "Interrupted (SIGTERM): nothing was changed."]);
    assert.deepEqual(await routed.everything(), beforehand);
  });
});
