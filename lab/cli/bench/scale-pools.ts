import type { Lab } from "../../lab";
import { editStackFile, sectionPath } from "../../project";
import { measured, type Measured } from "./measure";
import type { Row } from "./samples";

/** How many pools the stack has. */
const SIZES = [1, 10, 50] as const;
type Size = (typeof SIZES)[number];

/** How often pools are brought and taken away, and how often what changes nothing is run at each of these times. */
const ROUNDS = { changes: 3, unchanged: 2 };

/** The router's list has room for 20 records at the most: so many pools have a route each, the others are addresses of the LAN, which need none. */
const ROUTED = 10;

/** What ran for whom in an `up`, in the order of the table. */
const PROCESSES = ["engine", "program", "language host", "kubernetes provider", "command provider"] as const;

type Samples = Record<"preview" | "idle" | "bring" | "take", Measured[]>;

/**
 * How long a stack takes with so many pools, and how much memory.
 *
 * @param lab with one stack that is not up yet
 */
export async function poolScale(lab: Lab): Promise<Row[]> {
  const pools = new Pools(lab);
  pools.write(1);
  const fresh = await pools.up();
  const none = (): Samples => ({ preview: [], idle: [], bring: [], take: [] });
  const samples: Record<Size, Samples> = { 1: none(), 10: none(), 50: none() };
  for (let round = 0; round < ROUNDS.changes; round++) {
    for (const size of SIZES) {
      const { preview, idle, bring, take } = samples[size];
      pools.write(size);
      if (size > 1) bring.push(await pools.up());
      for (let again = 0; again < ROUNDS.unchanged; again++) {
        preview.push(await pools.unchanged("preview"));
        idle.push(await pools.unchanged("up"));
      }
      pools.write(1);
      if (size > 1) take.push(await pools.up());
    }
  }
  return [
    { what: "pulumi up of a stack with 1 pool, from nothing", goal: "", samples: [fresh.seconds], unit: "s" },
    ...SIZES.flatMap((size) => rowsOf(size, samples[size])),
  ];
}

function rowsOf(size: Size, { preview, idle, bring, take }: Samples): Row[] {
  const pools = size === 1 ? "1 pool" : `${size} pools`;
  const row = (what: string, names: readonly string[], samples: readonly number[], unit: "s" | "MiB"): Row[] =>
    samples.length === 0 ? [] : [{ what, goal: "", samples, unit, series: { size, names } }];
  const seconds = (all: readonly Measured[]) => all.map((one) => one.seconds);
  // An up that changes nothing is one that brings no pool.
  const [changing, up] = size === 1 ? [idle, "pulumi up, 1 pool, nothing to change"] : [bring, `pulumi up from 1 pool to ${size}`];
  const base = size === 1 ? ["pools, brought: time", "pools, taken away: time"] : [];
  return [
    ...row(`pulumi preview, ${pools}, nothing to change`, ["pools, preview without a change: time"], seconds(preview), "s"),
    ...row(`pulumi up, ${pools}, nothing to change`, ["pools, up without a change: time", ...base], seconds(idle), "s"),
    ...row(up, ["pools, brought: time"], seconds(bring), "s"),
    ...row(`pulumi up from ${size} pools to 1`, ["pools, taken away: time"], seconds(take), "s"),
    ...PROCESSES.flatMap((process) =>
      row(
        `${up}: peak memory of the ${process}`,
        [`pools, brought: memory of the ${process}`],
        changing.map(({ peaks }) => peaks.get(process) ?? 0),
        "MiB",
      ),
    ),
  ];
}

/** The pools of the lab's stack. */
class Pools {
  private readonly stack: string;

  constructor(private readonly lab: Lab) {
    this.stack = lab.plans[0]?.stack ?? "";
  }

  /** Plans so many, each of which has been planned with fewer as well. */
  write(count: number): void {
    const lan = this.lab.topology.router.address.split(".").slice(0, 3).join(".");
    const pools = Array.from({ length: count }, (_, index) => {
      const name = `app-${String(index + 1).padStart(2, "0")}`;
      if (index < ROUTED) return { name, addresses: [`10.5.0.${16 * index}/28`] };
      return { name, addresses: [`${lan}.${50 + index}/32`], route: false };
    });
    editStackFile(this.lab.folders.project, this.stack, (document) => document.setIn(sectionPath("pools"), document.createNode(pools)));
  }

  up(...more: readonly string[]): Promise<Measured> {
    return this.run(["up", "--yes", "--skip-preview", ...more]);
  }

  unchanged(verb: "preview" | "up"): Promise<Measured> {
    return verb === "up" ? this.up("--expect-no-changes") : this.run(["preview", "--expect-no-changes"]);
  }

  private run(args: readonly string[]): Promise<Measured> {
    const argv = [...args, "--non-interactive", "--stack", this.stack];
    return measured(this.lab, `pulumi ${argv.join(" ")}`, () => this.lab.engine.pulumi(argv, { stdio: "pipe", reject: false }));
  }
}
