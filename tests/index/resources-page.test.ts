/** Checks that docs/reference/resources.md lists exactly what the program registers and exports. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { HOST_KEY } from "../support/host-key";
import { ApiServer, base64, kubeconfigFor, oneMaster } from "../support/api-server";
import { Home } from "../support/home";
import { runProgram, type Run } from "../support/program";
import { devConfig, ROOT } from "../support/stack-files";

const page = readFileSync(join(ROOT, "docs", "reference", "resources.md"), "utf8");

/** Returns the cells of a chapter's table. */
function rowsOf(chapter: string): string[][] {
  const [, text = ""] = new RegExp(`^## ${chapter}\n(.*?)(?=^## |$(?![^]))`, "ms").exec(page) ?? [];
  const cells = [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, line = ""]) => line.split(" | ").map((cell) => cell.trim()));
  assert.ok(cells.length > 0, `no table below ${chapter}`);
  return cells;
}
const bare = (cell = "") => cell.replace(/`/g, "");

describe("the reference page of resources and outputs", () => {
  let home: Home;
  let run: Run;
  let server: ApiServer;
  before(async () => {
    home = new Home();
    // Only the identity of a cluster that answers is recorded.
    server = await ApiServer.start(oneMaster);
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    home.write(".kube/config", kubeconfigFor(cluster, { token: "token" }));
    const floating = { "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] };
    const reserved = { "router.reservations": [{ address: "192.168.50.12", mac: "D8:3A:DD:00:00:12" }] };
    const config = devConfig({ "router.hostKey": HOST_KEY, ...reserved, ...floating });
    run = await runProgram("lab-dev", config, { preview: true, state: ["192.168.50.1", "10.5.0.0>255.255.255.0>192.168.50.240>0>LAN"] });
  });
  after(async () => {
    await server.stop();
    home.remove();
  });

  it("lists the types of all resources", () => {
    const types = rowsOf("Resources").map(([type]) => bare(type));
    assert.deepEqual([...new Set(types)].sort(), [...new Set(run.resources.map(({ type }) => type))].sort());
  });

  it("lists each resource below its parent, with its name if the program sets it", () => {
    for (const [type, name, below] of rowsOf("Resources").map((cells) => cells.map(bare))) {
      const found = run.resources.filter((resource) => resource.type === type);
      const parent = below === "the stack" ? "" : below;
      assert.ok(
        found.some((one) => (one.parent.split("::")[0]?.split(":").at(-1) ?? "") === parent),
        `${type} is not below ${below}`,
      );
      if (/^[a-z-]+$/.test(name ?? "")) assert.ok(found.some((one) => one.name === name)); // as `cluster`
    }
  });

  it("lists the outputs", () => {
    assert.deepEqual(
      rowsOf("Outputs")
        .map(([output]) => bare(output))
        .sort(),
      Object.keys(run.outputs).sort(),
    );
  });
});
