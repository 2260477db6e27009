import type { Plan, Route, RouteRecord } from "../config/plan";
import type { Finding } from "../config/problem";

/** What a kind of router needs, so that the rest of the program can bring it routes without knowing it. All of it is pure. */
export interface RouterDriver<Reading extends RouterReading = RouterReading> {
  /** The command lines and the standard input that make, mend and remove routes in the router's own shell. */
  commands(routes: readonly RouteRecord[], options: RouteOptions): RouteCommands;
  /** The routes that a standard input of {@link commands} brings, one text for each: what {@link Judged.owned} has. */
  appliedBy(stdin: string): readonly string[];
  /** A command that asks the router how it stands, and changes nothing. */
  query(routes: readonly Route[]): string;
  /** Reads the answer to the question. @throws NotThisRouter where it is not one of this kind. */
  parse(answer: string): Reading;
  /** Whether somebody answers at the next hop, as far as the router sees. */
  answersAt(address: string, reading: Reading): boolean;
  /** Holds plan and state against what the router says. */
  judge(judged: Judged<Reading>): Judgement;
  /** What may keep routes from being brought to it at all, looked at before the first time. */
  readonly examination?: Examination<Reading>;
}

/** A look at the router itself. */
export interface Examination<Reading = RouterReading> {
  /** A command that is run after the question, on the same connection, and changes nothing. */
  readonly command: string;
  /** Holds a plan against the answer to both. */
  examine(plan: Plan, reading: Reading, answer: string): Examined;
}

/** How it is with a router: words where all is well, else what is wrong. */
export type Examined = Readonly<Record<"firmware" | "programs" | "space" | "lan", string | (Finding & { readonly bearable?: true })>>;

/** What the stack file allows. */
export interface RouteOptions {
  /** What stands for the stack for good. */
  readonly owner: string;
  /** Routes that are there already, exactly as planned, become the stack's. */
  readonly adopt: boolean;
  /** Switching static routes on may bring records of others to life. */
  readonly enableDormant: boolean;
}

/** What the SSH server is given. Texts of one kind never change with the routes but where it says so. */
export interface RouteCommands {
  readonly create: string;
  /** Puts right what is the stack's already; the same whatever the routes. */
  readonly update: string;
  readonly remove: string;
  /** The same for all three; here the routes are. */
  readonly stdin: string;
  /** One text for each destination: when one changes, the old routes go before the new ones come. Another gateway or metric is set in place. */
  readonly identity: readonly string[];
}

/** How a router stands. */
export interface RouterReading {
  /** What the list of static routes and their switch were, for a file that can bring them back. */
  readonly backup: string;
}

/** A plan and what is known of its routes. */
export interface Judged<Reading = RouterReading> {
  readonly plan: Plan;
  /** The routes that the state says this stack has on this router, one text for each; none before the first `up`. */
  readonly owned: readonly string[];
  /** Whether an interrupted run was applying them, so that none need be there, and those that are there are the stack's. @default false */
  readonly mayBeMissing?: boolean;
  /** Whether the state says that the cluster announces a next hop: then it is no stranger who answers there. @default false */
  readonly announced?: boolean;
  readonly reading: Reading;
}

/** What a reading means for a plan. */
export interface Judgement {
  /** Why the routes cannot be brought: nothing may be written. */
  readonly refusals: readonly Finding[];
  /** What is wrong with routes that the stack has: `up` corrects it. */
  readonly differences: readonly Finding[];
  /** What will go wrong some time, although nothing is to be done now. */
  readonly warnings: readonly Finding[];
}

/** What a plan has on its router, one text for each route. */
export const plannedRoutes = ({ routes, router, cluster }: Plan, driver: RouterDriver): readonly string[] =>
  driver.appliedBy(driver.commands(routes, { ...router, owner: cluster.name }).stdin);

/** The host that answered is no router of the kind that the stack file names. */
export class NotThisRouter extends Error {
  override readonly name = "NotThisRouter";
}
