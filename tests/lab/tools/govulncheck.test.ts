/** `homelab lab audit go` with govulncheck itself, and a database with invented vulnerabilities of a real module. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { repository } from "../../../config/project";
import { Progress } from "../../../lab/progress";
import { provideGovulncheck } from "../../../lab/tools/extras";
import { scratchFolder } from "../scratch";

const MODULE = "github.com/rhysd/actionlint";
const modified = "2026-01-01T00:00:00Z";

describe("homelab lab audit go", () => {
  let folder: string;
  before(async function () {
    this.timeout(600_000);
    await provideGovulncheck(new Progress());
  });
  beforeEach(() => (folder = scratchFolder("vulnerabilities")));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Writes a database with a flaw of each function of a module's package. */
  function write(symbols: readonly string[], module = MODULE, of = module): void {
    const save = (name: string, content: unknown): void => {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), JSON.stringify(content));
    };
    const ids = symbols.map((_, index) => `GO-2026-000${index}`);
    save("index/db.json", { modified });
    save("index/modules.json", [{ path: module, vulns: ids.map((id) => ({ id, modified, fixed: "9.9.9" })) }]);
    for (const [index, id] of ids.entries()) {
      const ranges = [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "9.9.9" }] }];
      const imports = [{ path: of, symbols: [symbols[index]] }];
      const affected = [{ package: { name: module, ecosystem: "Go" }, ranges, ecosystem_specific: { imports } }];
      save(`ID/${id}.json`, {
        schema_version: "1.3.1",
        id,
        modified,
        published: modified,
        summary: "An invented flaw",
        details: "",
        affected,
      });
    }
  }

  const audit = (of = "actionlint"): execa.ExecaChildProcess =>
    execa(path.join(repository, "bin", "homelab"), ["lab", "audit", "go", of, "--db", `file://${folder}`], { reject: false });

  it("fails for a function that the program calls, and names one that it does not call", async () => {
    write(["Command.Main", "NoSuchFunction"]);
    const { exitCode, stdout, stderr } = await audit();
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^lab\/go\/actionlint: actionlint calls functions with 1 known vulnerabilities; required, and not called: GO-2026-0001$/m,
    );
    assert.match(stderr, /GO-2026-0000 in github\.com\/rhysd\/actionlint v[\d.]+: An invented flaw; .* v9\.9\.9 fixes it$/m);
  });

  it("fails for a function of a module of which the lab compiles a patched copy", async () => {
    const module = "github.com/pulumi/pulumi/sdk/v3";
    write(["InitLogging"], module, `${module}/go/common/util/logging`);
    assert.match(
      (await audit("nodejs-host")).stderr,
      /GO-2026-0000 in github\.com\/pulumi\/pulumi\/sdk\/v3 v3\.\d+\.\d+: An invented flaw/,
    );
  });

  it("passes without one", async () => {
    write(["NoSuchFunction"]);
    const { exitCode, stdout, stderr } = await audit();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^lab\/go\/actionlint: no known vulnerability that is not allowed$/m);
  });

  it("fails without a database, and for a folder from which no program is built", async () => {
    assert.match((await audit()).stderr, /the database of vulnerabilities has no date/);
    assert.match((await audit("nothing")).stderr, /No program is built from lab\/go\/nothing: the folders are actionlint, firmware, /);
  });
});
