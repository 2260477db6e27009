import assert from "node:assert/strict";
import execa from "execa";
import { labFolders } from "../../../lab/folders";
import { Host } from "../../../lab/host";
import { removeLab } from "../../../lab/lab";
import { Prober, failures, longestGap } from "../../../lab/prober/prober";
import { Progress } from "../../../lab/progress";
import { provideTools } from "../../../lab/tools/toolbox";
import { pause } from "../../../config/poll";

const address = "10.99.0.1";

describe("a prober", function () {
  this.timeout(60_000);
  const lab = labFolders("test-prober");
  let host: Host;
  let server: execa.ExecaChildProcess;

  before("find the tools", async function () {
    this.timeout(60 * 60_000);
    const { init } = await provideTools(new Progress());
    await removeLab(lab);
    host = new Host(lab, "thing");
    await host.powerOn({ root: "/", init });
    await link("add");
    const script = `require("http").createServer((_, answer) => answer.end('{"node":"thing"}')).listen(80, () => console.log("up"))`;
    server = host.onNetwork([process.execPath, "-e", script], { reject: false });
    await new Promise((resolve) => server.stdout?.once("data", resolve));
  });
  after(async () => {
    server.kill();
    await removeLab(lab);
  });

  const link = (verb: "add" | "del"): Promise<unknown> => host.exec(["ip", "address", verb, `${address}/32`, "dev", "lo"]);

  it("keeps its pace while there is no answer, and shows the gap", async () => {
    const prober = await Prober.start(host, `http://${address}/`, { interval: 20, timeout: 300 });
    await pause(500);
    await link("del");
    await pause(700);
    await link("add");
    await pause(500);
    const samples = await prober.stop();
    const inOrder = [...samples].sort((one, other) => one.at - other.at);
    const [first, last] = [inOrder[0], inOrder.at(-1)];
    assert.ok(first && last);
    const due = Math.floor((last.at - first.at) / 20) + 1;
    // A busy machine delays single requests. Waiting for each answer would lose a third of them.
    assert.ok(Math.abs(samples.length - due) <= due / 10, `${samples.length} requests, ${due} were due`);
    assert.deepEqual([first.node, last.node], ["thing", "thing"]);
    const missed = failures(samples).length;
    assert.ok(missed > 0 && missed < samples.length, `${missed} of ${samples.length} failed`);
    const gap = longestGap(samples);
    assert.ok(gap !== undefined && gap.length >= 700, `the longest gap was ${gap?.length} ms`);
  });
});
