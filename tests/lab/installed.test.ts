import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Progress } from "../../lab/progress";
import { requestedPlugins, versions } from "../../lab/tools/catalogue";
import { installedPlugin, installedPulumi, kubernetesProviderRelease } from "../../lab/tools/installed";
import { provideTools, readStock } from "../../lab/tools/toolbox";
import { scratchFolder } from "./scratch";

describe("the installed Pulumi", () => {
  const { PATH, PULUMI_HOME } = process.env;
  let scratch: string;
  beforeEach(() => {
    scratch = scratchFolder("installed");
    process.env["PATH"] = `${path.join(scratch, "none")}:${path.join(scratch, "bin")}:${PATH}`;
    process.env["PULUMI_HOME"] = path.join(scratch, "home");
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
    if (PULUMI_HOME === undefined) delete process.env["PULUMI_HOME"];
    else process.env["PULUMI_HOME"] = PULUMI_HOME;
    fs.rmSync(scratch, { recursive: true });
  });

  function install(file: string, content = "#!/bin/sh\n"): string {
    const target = path.join(scratch, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content, { mode: 0o755 });
    return target;
  }
  const installCli = (version: string): string => install("bin/pulumi", `#!/bin/sh\n[ "$*" = version ] && echo ${version}\n`);
  const installHost = (): string => install("bin/pulumi-language-nodejs");
  const plugin = (name: string, version: string): string => `home/plugins/resource-${name}-v${version}/pulumi-resource-${name}`;

  const minor = Number(versions.pulumi.split(".")[1]);
  for (const version of [versions.pulumi, `v3.${minor + 1}.1`, "v4.0.0", "3.400.0-dev.0"]) {
    it(`includes CLI ${version} with its language host`, async () => {
      installCli(version);
      installHost();
      const folder = path.join(scratch, "bin");
      assert.deepEqual(await installedPulumi(), { path: folder, text: `Pulumi CLI ${version} from ${folder} (PATH)` });
    });
  }

  for (const version of [`v3.${minor - 1}.9`, "v2.999.0", "an error"]) {
    it(`excludes a CLI of version ${version}`, async () => {
      installCli(version);
      installHost();
      assert.equal(await installedPulumi(), undefined);
    });
  }

  it("excludes a CLI without its language host", async () => {
    installCli(versions.pulumi);
    assert.equal(await installedPulumi(), undefined);
  });

  it("includes a plugin of exactly the right version, in PULUMI_HOME", () => {
    const { kubernetes } = requestedPlugins;
    assert.equal(kubernetesProviderRelease(), versions.kubernetesProvider);
    const file = install(plugin("kubernetes", kubernetes));
    assert.deepEqual(installedPlugin("kubernetes", kubernetes), {
      path: file,
      text: `Pulumi plugin kubernetes ${kubernetes} from ${path.dirname(file)}`,
    });
    assert.equal(kubernetesProviderRelease(), kubernetes);
    assert.equal(installedPlugin("kubernetes", "4.0.1"), undefined);
  });

  it("is used instead of a build, and the progress names each part with version and path", async () => {
    installCli("v4.0.0");
    installHost();
    const { kubernetes } = requestedPlugins;
    const provider = install(plugin("kubernetes", kubernetes));
    const command = install(plugin("command", requestedPlugins.command));
    const stock = await readStock();
    const { box, unbuilt, missing } = stock;
    assert.deepEqual([box.pulumi, box.kubernetesProvider, box.commandProvider], [path.join(scratch, "bin"), provider, command]);
    assert.deepEqual(
      [...unbuilt.map(({ name }) => name), ...missing].filter((name) => /pulumi/i.test(name)),
      [],
    );
    const lines: string[] = [];
    const progress = new Progress();
    progress.line = (text) => void lines.push(text);
    await provideTools(progress, { ...stock, missing: [] });
    assert.deepEqual(lines, [
      `Uses installed programs: Pulumi CLI v4.0.0 from ${scratch}/bin (PATH), Pulumi plugin kubernetes ${kubernetes} from ${path.dirname(provider)}, ` +
        `Pulumi plugin command ${requestedPlugins.command} from ${path.dirname(command)}.`,
    ]);
  });
});
