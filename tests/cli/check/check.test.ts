import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";

import { failed, toJson, toText, hasFailed, ok, summary, unknown, warning, within, type Group } from "../../../cli/check/check";
import { chosenStacks, planStack } from "../../../cli/check/stacks";
import { NoResponse } from "../../../cluster/api/kubeconfig";
import { RouterRejects } from "../../../router/ssh-errors";
import { reasonFor, UserError } from "../../../config/user-error";
import { Home } from "../../support/home";
import { Project } from "../project";

const groups: Group[] = [
  { subject: "this machine", lines: [ok("node", "20.19.0")] },
  {
    subject: "lab-dev",
    lines: [failed("host key", "another", "write this one"), warning("nvram", "nearly full"), unknown("login", "not allowed")],
  },
];

describe("the result of checks", () => {
  it("has a line for each check, in columns, with the fix at the end", () => {
    assert.equal(
      toText(groups),
      [
        "this machine",
        "  ok       node      20.19.0",
        "",
        "lab-dev",
        "  failed   host key  another; write this one",
        "  warning  nvram     nearly full",
        "  unknown  login     not allowed",
      ].join("\n"),
    );
    assert.equal(summary(groups), "1 failed, 1 warning, 1 unknown, 1 ok");
    assert.equal(summary([{ subject: "", lines: [warning("a", ""), warning("b", "")] }]), "2 warnings");
  });

  it("has every line in JSON, and whether all is well", () => {
    const { ok: isWell, checks } = JSON.parse(toJson(groups)) as { ok: boolean; checks: unknown[] };
    assert.deepEqual([isWell, checks.length], [false, 4]);
    assert.deepEqual(checks[1], { of: "lab-dev", what: "host key", outcome: "failed", message: "another", fix: "write this one" });
    assert.ok(hasFailed(groups));
    assert.ok(!hasFailed([{ subject: "", lines: [warning("a", ""), unknown("b", "")] }]));
  });

  it("quotes only the program's own errors, because others may contain a secret", () => {
    const refuses = new RouterRejects("user", "refuses the login", "correct it");
    for (const error of [new NoResponse("silent"), new UserError("a sentence"), refuses]) assert.equal(reasonFor(error), error.message);
    const foreign = Object.assign(new Error("token s3cret"), { code: "ERR_BAD" });
    assert.equal(reasonFor(foreign), "it cannot be read (ERR_BAD)");
    assert.equal(reasonFor(new TypeError("token s3cret")), "it cannot be read (TypeError)");
  });

  it("has a time limit for several steps", async () => {
    assert.equal(await within("cluster", Promise.resolve("all")), "all");
    await assert.rejects(
      within("cluster", new Promise(() => undefined), 0.05),
      new NoResponse("the cluster did not answer completely within 0.05 s", "wait until it is less busy, and try again"),
    );
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 100));
    await assert.rejects(within("cluster", late, 0.05), { name: "NoResponse" });
    await assert.rejects(late, /late/);
  });
});

describe("the stacks of a command", () => {
  let project: Project;
  let home: Home;
  beforeEach(() => ([project, home] = [new Project(), new Home()]));
  afterEach(() => (project.remove(), home.remove()));

  it("are all stacks with a plan, or the named one", () => {
    project.write("Pulumi.empty.yaml", "config: {}\n");
    const names = (name?: string) => chosenStacks(name, project.path).map(({ file }) => file);
    assert.deepEqual(names(), ["Pulumi.lab-dev.yaml", "Pulumi.lab-prod.yaml"]);
    assert.deepEqual(names("lab-prod"), ["Pulumi.lab-prod.yaml"]);
    const message = 'STACK: there is no stack "nothing" with a plan: the stack files are for lab-dev, lab-prod.';
    assert.throws(() => names("nothing"), new UserError(message));
  });

  it("have their state read once, when it is first needed", async () => {
    const path = process.env["PATH"] ?? "";
    const cli = '#!/bin/sh\necho "$*" >>"$HOME/asked"\n';
    const outputs = { nextHop: "192.168.50.11" };
    const urn = "urn:pulumi:lab-dev::homelab-network::pulumi:pulumi:Stack::x";
    // The engine still has to delete what it replaced.
    const replaced = { urn, delete: true, outputs: { nextHop: "192.168.50.12" } };
    const state = { deployment: { resources: [{ urn, outputs }, replaced] } };
    chmodSync(home.write("bin/pulumi", `${cli}cat <<'END'\n${JSON.stringify(state)}\nEND\n`), 0o700);
    home.write("asked", "");
    const asked = () => readFileSync(`${home.path}/asked`, "utf8");
    process.env["PATH"] = `${home.path}/bin${delimiter}${path}`;
    try {
      const plan = async () => {
        const [dev] = chosenStacks("lab-dev", project.path);
        return planStack(dev ?? assert.fail(), project.path);
      };
      await plan();
      assert.equal(asked(), "");
      project.change("Pulumi.lab-dev.yaml", "[192.168.50.11]", "[auto]");
      // The kubeconfig has no server, so that the next hop of the last run stays.
      const open = await plan();
      assert.equal(open.plan.gateway.address, outputs.nextHop);
      const [first, second] = await Promise.all([open.state(), open.state()]);
      assert.deepEqual([first.outputs?.size, first === second], [1, true]);
      assert.equal(asked(), "stack export --stack lab-dev --non-interactive\n");
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("keep problems of the files that they name apart from their plan", async () => {
    const [dev] = chosenStacks("lab-dev", project.path);
    assert.ok(dev);
    const sound = await planStack(dev, project.path);
    assert.deepEqual(sound.problems, { kubeconfig: [], login: [] });
    assert.equal(sound.kubeconfig, "~/.kube/config");
    home.write(".kube/config", "contexts: [{name: other}]");
    project.change("Pulumi.lab-dev.yaml", "~/.ssh/id_ed25519", "~/.ssh/nothing");
    const [changed] = chosenStacks("lab-dev", project.path);
    assert.ok(changed);
    const { problems } = await planStack(changed, project.path);
    assert.deepEqual(
      [...problems.kubeconfig, ...problems.login].map(({ path, rule, fix }) => `${path}: ${rule}; ${fix}`),
      [
        `cluster.context: no such context in ${home.path}/.kube/config; use one of other`,
        `router.privateKeyFile: no such file as ${home.path}/.ssh/nothing; set it to the path of a private SSH key`,
      ],
    );
  });
});
