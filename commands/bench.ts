import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import execa from "execa";
import { UserError } from "../lab/errors";
import { labFolders, repository, writeWhole } from "../lab/folders";
import { Lab, removeLab } from "../lab/lab";
import { memoryOf } from "../lab/memory";
import { plansOf } from "../lab/plans";
import { Progress, duration } from "../lab/progress";
import { table } from "../lab/report";
import { versions } from "../lab/tools/catalogue";
import { provideTools } from "../lab/tools/toolbox";

const rounds = 5;
const document = path.join(repository, "docs", "benchmarks.md");
const samplesFile = path.join(repository, "docs", "benchmarks", "lab.json");
const [begin, end] = ["<!-- begin: written by make bench -->", "<!-- end -->"];

interface Row {
  readonly what: string;
  readonly goal: string;
  /** Seconds, or GiB for memory. */
  readonly samples: readonly number[];
  readonly unit: "s" | "GiB";
}

/** Measures what a user waits for, in a lab of its own, and writes samples and table into the documents. */
export async function bench(): Promise<void> {
  const progress = new Progress();
  const folders = labFolders("bench");
  const box = await provideTools(progress);
  await removeLab(folders);
  try {
    const raised = await timed(() => labUp(folders.name));
    const again: number[] = [];
    for (let round = 0; round < rounds; round++) again.push(await timed(() => labUp(folders.name)));
    const lab = new Lab(folders, plansOf(repository), box);
    const stack = lab.plans[0]?.stack ?? "";
    const previews: number[] = [];
    for (let round = 0; round < rounds; round++) previews.push(await timed(() => unchanged(lab, stack)));
    const memory = memoryOf(lab.hosts) / 2 ** 30;
    write([
      { what: "make lab, tools cached, nothing raised", goal: "120 s", samples: [raised], unit: "s" },
      { what: "make lab, already up", goal: "20 s", samples: again, unit: "s" },
      { what: `pulumi preview --stack ${stack}, nothing to change`, goal: "3 s", samples: previews, unit: "s" },
      { what: "memory of a lab of two clusters", goal: "4 GiB", samples: [memory], unit: "GiB" },
    ]);
  } finally {
    await removeLab(folders);
  }
}

async function labUp(name: string): Promise<void> {
  await execa(path.join(repository, "bin", "homelab"), ["lab", "up"], { env: { LAB: name }, stdio: ["ignore", "ignore", "inherit"] });
}

async function unchanged(lab: Lab, stack: string): Promise<void> {
  const options = { stdio: "pipe", all: true, reject: false } as const;
  const { exitCode, all } = await lab.engine.pulumi(["preview", "--expect-no-changes", "--non-interactive", "--stack", stack], options);
  if (exitCode !== 0) throw new UserError(`The preview of ${stack} was to find nothing to change, and failed:\n${all ?? ""}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function write(rows: readonly Row[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Node.js ${process.version}`;
  writeWhole(samplesFile, `${JSON.stringify({ date, machine, versions, rows }, undefined, 2)}\n`);
  const cells = rows.map(({ what, goal, samples, unit }) => [what, goal, shown(samples, unit), String(samples.length)]);
  const header = ["what", "goal", "median (min to max)", "rounds"];
  const markdown = [header, header.map(() => "---"), ...cells].map((line) => `| ${line.join(" | ")} |`);
  const text = [begin, "", `Measured ${date} on ${machine}.`, "", ...markdown, "", end].join("\n");
  const old = fs.readFileSync(document, "utf8");
  writeWhole(document, `${old.slice(0, old.indexOf(begin))}${text}${old.slice(old.indexOf(end) + end.length)}`);
  console.log(table(header, cells));
}

function shown(samples: readonly number[], unit: Row["unit"]): string {
  const sorted = [...samples].sort((a, b) => a - b);
  const text = (value: number | undefined): string => (unit === "s" ? duration(value ?? 0) : `${(value ?? 0).toFixed(1)} GiB`);
  const median = text(sorted[Math.floor(sorted.length / 2)]);
  return sorted.length > 1 ? `${median} (${text(sorted[0])} to ${text(sorted.at(-1))})` : median;
}
