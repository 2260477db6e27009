import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseDocument, stringify } from "yaml";
import { kubeconfigOf } from "../../folders";
import type { Lab } from "../../lab";
import { all } from "../../lab";
import { UserError } from "../../../config/user-error";
import { stackFile } from "../../../config/project";
import { PROJECT } from "../../../config/stack-file";
import type { Outcome } from "../../../cli/all/outcome";
import { slots } from "../../../cli/all/slots";
import { onOperator } from "../../operator";
import { measured, type Measured } from "./measure";
import { planRounds } from "./plan";
import { ROUNDS } from "./record";
import { type Row } from "./samples";

/** How many stack files there are. */
const SIZES = [2, 10, 50] as const;

/** As many of them have a cluster that answers, in the run in which all have; how often that is measured. */
const ANSWERING = [
  [2, 3],
  [10, 3],
  [50, 1],
] as const;

/** How long stack files take to plan, with all cross-checks, and to draw. */
export async function planScale(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const rounds = await planRounds(size, true);
    const what = `${size} stack files parsed, compared and drawn`;
    const series = (names: string) => ({ size, names: [names] });
    rows.push(
      { what, goal: "", samples: rounds.map(({ seconds }) => seconds), unit: "s", series: series("stack files, planned: time") },
      {
        what: `${what}: the process's peak memory`,
        goal: "",
        samples: rounds.map(({ peak }) => peak),
        unit: "MiB",
        series: series("stack files, planned: memory"),
      },
    );
  }
  return rows;
}

/**
 * How long `homelab preview --all` takes, and how much memory.
 *
 * @param lab with one stack, in whose cluster there is nothing yet
 */
export async function previewScale(lab: Lab): Promise<Row[]> {
  const many = await ManyStacks.make(lab, Math.max(...SIZES));
  const rows: Row[] = [];
  for (const size of SIZES) {
    const rounds: Measured[] = [];
    while (rounds.length < ROUNDS) rounds.push(await many.preview("absent", size));
    rows.push(...previewRows("whose clusters are not there", size, rounds));
  }
  for (const [size, count] of ANSWERING) {
    const rounds: Measured[] = [];
    while (rounds.length < count) rounds.push(await many.preview("there", size));
    rows.push(...previewRows("whose clusters answer", size, rounds));
  }
  return rows;
}

function previewRows(which: string, size: number, rounds: readonly Measured[]): Row[] {
  const what = `homelab preview --all, ${size} stacks ${which}`;
  const name = `preview --all, stacks ${which}`;
  const time = rounds.map(({ seconds }) => seconds);
  const memory = rounds.map(({ together }) => together);
  return [
    { what, goal: "", samples: time, unit: "s", series: { size, names: [`${name}: time`] } },
    { what: `${what}: memory of all processes`, goal: "", samples: memory, unit: "MiB", series: { size, names: [`${name}: memory`] } },
  ];
}

/** Whether anybody is at the address of a stack's cluster. */
type Kind = "absent" | "there";

/** Further stacks beside the lab's own, in folders and with a state of their own. */
class ManyStacks {
  private readonly folder: string;

  private constructor(private readonly lab: Lab) {
    this.folder = path.join(lab.folders.root, "scale");
  }

  /** Makes them, with addresses of the lab's cluster for those that are there. */
  static async make(lab: Lab, count: number): Promise<ManyStacks> {
    const many = new ManyStacks(lab);
    fs.mkdirSync(many.state, { recursive: true });
    for (const kind of ["absent", "there"] as const) many.writeProject(many.project(kind, count), kind, count);
    const cluster = lab.clusters[0];
    const { prefix } = lab.topology.lan;
    for (let number = 1; number <= count; number++) {
      await cluster?.master.exec(["ip", "address", "replace", `${many.address("there", number)}/${prefix}`, "dev", "eth0"]);
    }
    const inSlot = slots(4);
    const folder = many.project("absent", count);
    await all(
      Array.from({ length: count }, (_, index) =>
        inSlot(async () => {
          const args = ["stack", "init", many.name(index + 1), "--cwd", folder, "--no-select", "--non-interactive"];
          await lab.engine.pulumi(args, { stdio: "pipe", env: many.environment });
        }),
      ),
    );
    // The salt is the stack's, wherever its file lies.
    for (let number = 1; number <= count; number++) {
      const salt = /^encryptionsalt: .*\n/m.exec(fs.readFileSync(stackFile(folder, many.name(number)), "utf8"))?.[0] ?? "";
      fs.appendFileSync(stackFile(many.project("there", count), many.name(number)), salt);
    }
    for (const kind of ["absent", "there"] as const)
      for (const size of SIZES.filter((other) => other < count)) many.copyProject(kind, count, size);
    return many;
  }

  /** Previews so many stacks. @throws UserError where not every one comes out as its cluster has it */
  async preview(kind: Kind, count: number): Promise<Measured> {
    const options = { stdio: "pipe", reject: false, env: this.environment } as const;
    const run = () => onOperator(this.lab, ["preview", "--all", "--json"], options, this.project(kind, count));
    const took = await measured(this.lab, `The preview of ${count} stacks`, run, kind === "there" ? 0 : 1);
    const { stacks } = JSON.parse(took.stdout) as { stacks: readonly Outcome[] };
    const expected = (one: Outcome) => (kind === "there" ? one.result === "done" : /does not answer/.test(one.errors.join()));
    if (stacks.length === count && stacks.every(expected)) return took;
    throw new UserError(`The preview of ${count} stacks did not come out as expected:\n${took.stdout}`);
  }

  private get state(): string {
    return path.join(this.folder, "state");
  }

  private get environment(): Record<string, string> {
    return { PULUMI_BACKEND_URL: `file://${this.state}` };
  }

  private project(kind: Kind, count: number): string {
    return path.join(this.folder, `${kind}-${count}`);
  }

  private name(number: number): string {
    return `s${String(number).padStart(2, "0")}`;
  }

  /** In the upper half of the lab's LAN, of 256 addresses: nobody else is there. */
  private address(kind: Kind, number: number): string {
    const [a, b, c] = this.lab.topology.router.address.split(".");
    return [a, b, c, (kind === "absent" ? 140 : 195) + number].join(".");
  }

  private writeProject(folder: string, kind: Kind, count: number): void {
    const { project } = this.lab.folders;
    fs.mkdirSync(folder, { recursive: true });
    for (const entry of fs.readdirSync(project))
      if (!entry.startsWith(".") && !/^Pulumi\..+\.yaml$/.test(entry)) fs.symlinkSync(path.join(project, entry), path.join(folder, entry));
    for (let number = 1; number <= count; number++) fs.writeFileSync(stackFile(folder, this.name(number)), this.stackText(kind, number));
  }

  private copyProject(kind: Kind, from: number, to: number): void {
    this.writeProject(this.project(kind, to), kind, to);
    for (let number = 1; number <= to; number++) {
      const [file, copy] = [from, to].map((count) => stackFile(this.project(kind, count), this.name(number)));
      if (file !== undefined && copy !== undefined) fs.copyFileSync(file, copy);
    }
  }

  /** The lab's own stack, with another cluster. The routes of so many have no room on one router: somebody enters them by hand. */
  private stackText(kind: Kind, number: number): string {
    const [own] = this.lab.plans;
    const document = parseDocument(fs.readFileSync(stackFile(this.lab.folders.project, own?.stack ?? ""), "utf8"));
    const name = this.name(number);
    const set = (section: string, value: object): void => document.setIn(["config", `${PROJECT}:${section}`], document.createNode(value));
    document.delete("encryptionsalt");
    set("cluster", { kubeconfig: this.writeKubeconfig(kind, number, own?.stack ?? ""), context: name });
    set("pools", [{ name, addresses: [`10.${150 + number}.0.0/24`] }]);
    set("gateway", { mode: "node", addresses: [this.address(kind, number)] });
    set("router", { type: "manual", host: this.lab.topology.router.address, lan: this.lab.topology.lan.text });
    return document.toString();
  }

  private writeKubeconfig(kind: Kind, number: number, own: string): string {
    const name = this.name(number);
    const file = path.join(this.folder, `kubeconfig-${kind}-${name}`);
    const { users } = parse(fs.readFileSync(kubeconfigOf(this.lab.folders, own), "utf8")) as { users: { user: object }[] };
    // The API server's certificate has none of these addresses.
    const cluster = { server: `https://${this.address(kind, number)}:6443`, "insecure-skip-tls-verify": true };
    const content = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster }],
      users: [{ name, user: users[0]?.user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    };
    fs.writeFileSync(file, stringify(content), { mode: 0o600 });
    return file;
  }
}
