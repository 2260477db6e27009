import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { isDestroy, readCommand, type ProcessEntry } from "../../engine/cli-invocation";

/** The program's parent processes, the nearest one first, by their command lines. */
function below(...lines: string[]) {
  const entry = (pid: number): ProcessEntry | undefined => {
    const line = lines[pid];
    return line === undefined ? undefined : { parent: pid + 1, argv: line.split(" ") };
  };
  return readCommand(entry, 0);
}

describe("the command for which the CLI runs the program", () => {
  for (const [line, verb, refresh = false] of [
    ["pulumi destroy --run-program", "destroy"],
    ["/usr/local/bin/pulumi down --yes", "down"],
    ["pulumi -C /home/me/homelab --color=always --logtostderr dn", "dn"],
    ["pulumi --stack destroy up", "up"],
    ["pulumi up --message destroy", "up"],
    ["pulumi --non-interactive preview --expect-no-changes", "preview"],
    ["pulumi up --refresh", "up", true],
    ["pulumi up -r", "up", true],
    ["pulumi up -yr", "up", true],
    ["pulumi up --refresh=true --yes", "up", true],
    ["pulumi up --refresh=false", "up"],
    ["pulumi refresh --run-program", "refresh", true],
  ] as const) {
    it(`is ${verb}${refresh ? " with a refresh" : ""} for "${line}"`, () => {
      assert.deepEqual(below("pulumi-language-nodejs 127.0.0.1:1234", line), { verb, refresh });
    });
  }

  it("has the file of --config-file, relative to the CLI's folder and to that of --cwd", () => {
    const fileOf = (line: string) =>
      readCommand((pid) => (pid === 0 ? { parent: 1, argv: line.split(" "), cwd: "/home/me" } : undefined), 0)?.configFile;
    assert.equal(fileOf("pulumi up --config-file other.yaml"), "/home/me/other.yaml");
    assert.equal(fileOf("pulumi -C homelab up --config-file=../other.yaml"), "/home/me/other.yaml");
    assert.equal(fileOf("pulumi --cwd=/srv up --yes --config-file /etc/other.yaml"), "/etc/other.yaml");
    assert.equal(fileOf("pulumi up"), undefined);
  });

  it("may leave out resources with options for that, and with the variable to go on after an error", () => {
    const partial = (line: string, env = {}) =>
      readCommand((pid) => (pid === 0 ? { parent: 1, argv: line.split(" ") } : undefined), 0, env)?.isPartial;
    for (const option of [
      "--target urn",
      "--target=urn",
      "-t urn",
      "-yt urn",
      "--target-dependents",
      "-x urn",
      "--exclude-protected",
      "--continue-on-error",
    ])
      assert.equal(partial(`pulumi destroy ${option}`), true, option);
    assert.equal(partial("pulumi destroy", { PULUMI_CONTINUE_ON_ERROR: "true" }), true);
    assert.equal(partial("pulumi destroy --yes --skip-preview --run-program --stack lab-dev -y"), undefined);
  });

  it("is found several processes above, below a shell or the like", () => {
    assert.deepEqual(below("node run", "sh -c x", "pulumi-language-nodejs y", "pulumi destroy", "pulumi up"), {
      verb: "destroy",
      refresh: false,
    });
  });

  it("is unknown without a CLI above, with a CLI without a verb, and too many processes above", () => {
    assert.equal(below("node mocha", "npm run unit"), undefined);
    assert.equal(below("pulumi --version"), undefined);
    assert.equal(below("pulumi --cwd destroy"), undefined);
    assert.equal(below(...Array.from({ length: 8 }, () => "sh"), "pulumi up"), undefined);
  });

  it("recognizes all three names of destroy", () => {
    const of = (verb: string) => isDestroy({ verb, refresh: false });
    assert.deepEqual([of("destroy"), of("down"), of("dn"), of("up"), isDestroy(undefined)], [true, true, true, false, false]);
  });

  it("is read from real processes", () => {
    const program = `require("./engine/register.js"); console.log(JSON.stringify(require("./engine/cli-invocation").readCommand() ?? null))`;
    // A shell with the CLI's name plays the CLI. The search for the verb takes the script for the value of an option.
    const script = `"${process.execPath}" --eval "$PROGRAM"; true`;
    const run = (name: string) =>
      spawnSync("sh", ["-c", script, "destroy", "--refresh"], {
        argv0: name,
        env: { ...process.env, PROGRAM: program },
        encoding: "utf8",
      }).stdout;
    assert.deepEqual(JSON.parse(run("pulumi")), { verb: "destroy", refresh: true });
    assert.equal(JSON.parse(run("sh")), null);
  });
});
