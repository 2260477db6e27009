import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../lab/errors";
import { labFolders, repository, writeWhole } from "../lab/folders";
import { Lab, exclusively, removeLab } from "../lab/lab";
import { plansOf } from "../lab/plans";
import { Progress, duration } from "../lab/progress";
import { FOREIGN, round, type Kind, type Round } from "../lab/rounds";
import { checkMachine } from "../lab/requirements";
import { provideTools } from "../lab/tools/toolbox";
import { forMarkdown } from "../plan/table";
import { ROUTE_SCRIPT } from "../router/asus/script";

/** How many rounds of each kind make it whole. */
const wanted: Readonly<Record<Kind, number>> = { race: 100, reboot: 50 };

const samples = path.join(repository, "docs", "benchmarks", "soak.json");
const page = path.join(repository, "docs", "benchmarks.md");
const [begin, end] = ["<!-- begin: written by make soak -->", "<!-- end of soak -->"];

/** What has been run so far, of one script. */
interface Soak {
  /** Of the router's script: another one begins anew. */
  readonly script: string;
  readonly date: string;
  readonly seed: number;
  readonly rounds: readonly Round[];
}

/** Changes routes again and again, both stacks at once and with reboots after it, and writes each round down: an interrupted run goes on where it was. */
export async function soak(): Promise<void> {
  const progress = new Progress();
  await checkMachine([]);
  const box = await provideTools(progress);
  const folders = labFolders("soak");
  const lab = new Lab(folders, plansOf(repository), box);
  let done = read();
  await exclusively(folders, progress, async () => {
    await removeLab(folders);
    try {
      await lab.up(progress);
      await lab.router.host.exec(["sh", "-c", `nvram set 'sr_rulelist=${FOREIGN}'; nvram set sr_enable_x=1; nvram commit`]);
      await lab.router.reboot(lab.lan);
      for (const { stack } of lab.plans) await firstUp(lab, stack, progress);
      for (const kind of ["race", "reboot"] as const) {
        for (let number = countOf(done, kind) + 1; number <= wanted[kind]; number++) {
          const result = await round(lab, kind, number, done.seed);
          done = { ...done, date: today(), rounds: [...done.rounds, result] };
          write(done);
          progress.line(`${kind} ${number} of ${wanted[kind]}: ${result.problems.join("; ") || "good"} (${duration(result.seconds)})`);
        }
      }
    } finally {
      await removeLab(folders);
    }
  });
  const bad = done.rounds.filter(({ problems }) => problems.length > 0);
  if (bad.length > 0) throw new UserError(`${bad.length} of ${done.rounds.length} rounds were not good: ${samples} says which.`);
}

async function firstUp(lab: Lab, stack: string, progress: Progress): Promise<void> {
  await lab.engine.selectStack(stack);
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack];
  await progress.step(`pulumi up ${stack}`, () => lab.engine.pulumi(args, { stdio: "pipe" }));
}

const today = () => new Date().toISOString().slice(0, 10);
const countOf = ({ rounds }: Soak, kind: Kind) => rounds.filter((one) => one.kind === kind).length;

function read(): Soak {
  const script = createHash("sha256").update(ROUTE_SCRIPT).digest("hex").slice(0, 12);
  const found = fs.existsSync(samples) ? (JSON.parse(fs.readFileSync(samples, "utf8")) as Soak) : undefined;
  return found?.script === script ? found : { script, date: today(), seed: 20261125, rounds: [] };
}

function write(done: Soak): void {
  writeWhole(samples, `${JSON.stringify(done, undefined, 1)}\n`);
  const text = fs.readFileSync(page, "utf8");
  writeWhole(page, `${text.slice(0, text.indexOf(begin))}${summary(done)}${text.slice(text.indexOf(end) + end.length)}`);
}

/** The rounds counted, for the page. */
function summary(done: Soak): string {
  const lines = (["race", "reboot"] as const).map((kind) => {
    const rounds = done.rounds.filter((one) => one.kind === kind);
    const seconds = rounds.map((one) => one.seconds).sort((a, b) => a - b);
    const bad = rounds.filter(({ problems }) => problems.length > 0).length;
    const middle = duration(seconds[Math.floor(seconds.length / 2)] ?? 0);
    return [what[kind], String(wanted[kind]), String(rounds.length), String(bad), middle];
  });
  const table = forMarkdown({ header: ["what", "wanted", "run", "not good", "median time"], lines });
  return [begin, "", `Last round ${done.date}, seed ${done.seed}, router's script ${done.script}.`, "", table, "", end].join("\n");
}

const what: Readonly<Record<Kind, string>> = {
  race: "both stacks' `pulumi up` at the same moment, each with another route",
  reboot: "`pulumi up` with another route, then the router rebooted: the same list and table",
};
