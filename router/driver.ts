import type { AddressBlock } from "../config/address/address";
import type { Plan, Route, RouteRecord } from "../config/plan";
import { quote, type Finding } from "../config/problem";
import { OneLineError } from "../config/user-error";

/**
 * The interface of a router driver. The rest of the program applies routes through it and does not depend on the type of router. All
 * functions are pure.
 */
export interface RouterDriver<Reading extends RouterReading = RouterReading> {
  /**
   * Returns the commands and the standard input that create, update and remove routes in the router's shell.
   *
   * @param last the standard input of the last run on this router. An update then refuses new routes that exist already, and removes those
   *   that the routes have no longer. Without it, an update takes all routes for the stack's own.
   */
  commands(routes: readonly RouteRecord[], options: RouteOptions, last?: string): RouteCommands;
  /** Returns the routes in a standard input of {@link commands}, one text per route, in the form of {@link Judged.owned}. */
  appliedBy(stdin: string): readonly string[];
  /** Whether two standard inputs leave the same routes on the router, whatever each of them adds, removes or adopts. */
  hasSameResult(one: string, other: string): boolean;
  /** Whether the router has a route again that a standard input removes. It then belongs to another owner. */
  isOutdated(stdin: string, reading: Reading): boolean;
  /** Returns a command that reads the router's state and changes nothing. */
  query(routes: readonly Route[]): string;
  /** Parses the output of the query. @throws UnsupportedRouter if the router is of another type */
  parse(answer: string): Reading;
  /** Whether a host answers at the next hop, according to the router. */
  answersAt(address: string, reading: Reading): boolean;
  /** Compares plan and state with the router's state. */
  judge(judged: Judged<Reading>): Judgement;
  /** Checks of the router before the first deployment; undefined if there are none. */
  readonly examination?: Examination<Reading>;
}

/** Checks of the router itself, such as its firmware. */
export interface Examination<Reading = RouterReading> {
  /** A command that runs after the query on the same connection, and changes nothing. */
  readonly command: string;
  /**
   * Compares a plan with the output of both commands.
   *
   * @param owned the routes of this stack on this router according to the state, as in {@link Judged.owned}
   */
  examine(plan: Plan, reading: Reading, answer: string, owned?: readonly string[]): Examined;
}

/** The result of the checks: a description if all is well, or a finding. A bearable finding is a warning. */
export type Examined = Readonly<Record<"firmware" | "programs" | "space" | "lan", string | (Finding & { readonly isWarning?: true })>>;

/** The options from the stack file. */
export interface RouteOptions {
  /** The permanent name of the owner of the routes. */
  readonly owner: string;
  /** Whether to adopt routes that exist already and are exactly as planned. */
  readonly adopt: boolean;
  /** Whether switching static routes on may also activate unmanaged records. */
  readonly enableDormant: boolean;
}

/** The commands for the SSH server. They do not depend on the routes, except where a field says so. Each ends by itself, whatever the router does. */
export interface RouteCommands {
  /** Adds the routes. Refuses existing ones, unless {@link RouteOptions.adopt} is set. */
  readonly create: string;
  /** Corrects routes that the stack manages; the second run changes nothing. */
  readonly update: string;
  /** Removes the routes. Succeeds if nothing is left. */
  readonly remove: string;
  /** The standard input, the same for all three commands. It contains the routes. */
  readonly stdin: string;
  /**
   * One text per destination. If one changes in a program without the last input, Pulumi removes the old routes before it creates the new
   * ones. Another gateway or metric is changed in place.
   */
  readonly identity: readonly string[];
}

/** The state of a router. */
export interface RouterReading {
  /** The addresses that the router gives out by DHCP; undefined if there are none or they are not known. */
  readonly dhcp?: AddressBlock;
  /** The list of static routes and their switch, in a form that can be restored. */
  readonly backup: string;
}

/** A plan and what is known about its routes. */
export interface Judged<Reading = RouterReading> {
  readonly plan: Plan;
  /** The routes of this stack on this router according to the state, one text per route; empty before the first `up`. */
  readonly owned: readonly string[];
  /**
   * Whether an interrupted run was applying the routes. They may then be missing, and existing ones are managed by the stack. @default
   * false
   */
  readonly mayBeMissing?: boolean;
  /** Whether the state has a floating next hop. A host that answers there is then the cluster, and no address conflict. @default false */
  readonly announced?: boolean;
  readonly reading: Reading;
}

/** The result of comparing a plan with a router's state. */
export interface Judgement {
  /** The reasons why the routes cannot be applied. The router must not be changed. */
  readonly refusals: readonly Finding[];
  /** Differences of the stack's routes that `up` corrects. */
  readonly differences: readonly Finding[];
  /** Problems that need no change now, but will cause a failure later. */
  readonly warnings: readonly Finding[];
  /** Those of the refusals and warnings that say why the router does not use a route, although it is in its table. */
  readonly overrides: readonly Finding[];
}

/** Returns the routes that a plan has on its router, one text per route. */
export const plannedRoutes = ({ routes, router, cluster }: Plan, driver: RouterDriver): readonly string[] =>
  driver.appliedBy(driver.commands(routes, { ...router, owner: cluster.name }).stdin);

/** Returns the finding about a gateway in the router's DHCP range that no reservation keeps for its node. */
export const unreservedGateway = ({ gateway: { address } }: Plan, dhcp: AddressBlock): Finding => ({
  path: "gateway.addresses[0]",
  value: quote(address),
  rule: `among ${dhcp.text}, which the router hands out by DHCP, and not reserved for its node, so another host may get it`,
  fix: "set gateway.reserve: true",
});

/** The host that answered is not a router of the type in the stack file. */
export class UnsupportedRouter extends OneLineError {
  override readonly name: string = "UnsupportedRouter";
}

/** The router is of the type in the stack file, but one of its programs does not work. */
export class RouterFault extends UnsupportedRouter {
  override readonly name = "RouterFault";

  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}
