import * as pulumi from "@pulumi/pulumi";

import { parseRecordsArgs, type RecordsPlan } from "../config/records-args";
import { hasSameNames, isSame } from "../router/records";
import { recordsDriverOf } from "../router/records-drivers";
import { HomelabComponent } from "./internal/homelab-component";
import type { RecordsPreflight } from "./internal/preflight";
import { checkRouterArguments, registerCommand } from "./internal/router-arguments";
import type { RouterArgs } from "./static-routes";

/** An address that the router's DHCP server gives to one node only. */
export interface ReservationArgs {
  /**
   * The node's address on the router's LAN.
   *
   * @example "192.168.50.11"
   */
  readonly address: pulumi.Input<string>;
  /**
   * The node's hardware address.
   *
   * @example "D8:3A:DD:00:00:11"
   */
  readonly mac: pulumi.Input<string>;
}

/** A name that the router's DNS server resolves. */
export interface NameArgs {
  /**
   * The name, in lower-case letters, digits, inner dashes and dots.
   *
   * @example "grafana.home.arpa"
   */
  readonly name: string;
  /**
   * The name's address.
   *
   * @example "10.5.0.10"
   */
  readonly address: pulumi.Input<string>;
}

/** A domain that the router's DNS server forwards to another DNS server. */
export interface DomainArgs {
  /**
   * The domain, in lower-case letters, digits, inner dashes and dots.
   *
   * @example "k8s.example"
   */
  readonly domain: string;
  /**
   * The address of the DNS server that resolves the domain's names.
   *
   * @example "10.5.0.53"
   */
  readonly server: pulumi.Input<string>;
}

/** Arguments of {@link LanRecords}. */
export interface LanRecordsArgs {
  /** The router and its login. Its type cannot be `manual`. */
  readonly router: RouterArgs;
  /**
   * The reservations.
   *
   * @default []: no reservations
   */
  readonly reservations?: readonly ReservationArgs[];
  /**
   * The names. They need Asuswrt-Merlin with custom scripts and configs switched on.
   *
   * @default []: no names
   */
  readonly names?: readonly NameArgs[];
  /**
   * The forwarded domains. They need Asuswrt-Merlin as names do.
   *
   * @default []: no forwarded domains
   */
  readonly domains?: readonly DomainArgs[];
  /**
   * The owner's name. The router stores a number derived from it, so it must be unique to this component and must not change.
   *
   * @default the names of project, stack and component
   */
  readonly owner?: string;
  /**
   * The result of a check of the router.
   *
   * @default none: a missing host key is an error, and changed reservations are removed before new ones are made
   */
  readonly preflight?: RecordsPreflight;
}

/**
 * Reservations in a router's DHCP server, so that nodes keep their addresses, and names in its DNS server. They survive a reboot. One command
 * over SSH applies all of them, and keeps all others. A change restarts the router's DNS and DHCP server, which takes about a second. Destroying the
 * component removes only its own.
 *
 * @example
 * new LanRecords("records", {
 *   router: { host: "192.168.50.1", user: "homelab", privateKey, hostKey },
 *   reservations: [{ address: "192.168.50.11", mac: "D8:3A:DD:00:00:11" }],
 * });
 */
export class LanRecords extends HomelabComponent {
  /** The reserved addresses, each with its node's hardware address. */
  readonly reservations: pulumi.Output<{ readonly address: string; readonly mac: string }[]>;
  /** The names, each with its address. */
  readonly names: pulumi.Output<{ readonly name: string; readonly address: string }[]>;
  /** The forwarded domains, each with its DNS server. */
  readonly domains: pulumi.Output<{ readonly domain: string; readonly server: string }[]>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: LanRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state gets no inputs because they contain credentials.
    super("homelab:network:LanRecords", name, {}, opts);
    const parsing = { parse: parseRecordsArgs, lists: { reservations: ["address", "mac"], names: ["address"], domains: ["server"] } };
    const { pick, connection } = checkRouterArguments({ resource: this, label: `LanRecords ${name}` }, args, parsing);
    const { router, preflight } = args;
    this.reservations = pulumi.output(pick(({ reservations }) => reservations.map(({ address, mac }) => ({ address, mac }))));
    const forwarded = (plan: RecordsPlan) => plan.names.filter((one) => one.forwarded === true);
    const named = (plan: RecordsPlan) => plan.names.filter((one) => one.forwarded !== true);
    this.names = pulumi.output(pick((plan) => named(plan).map((one) => ({ name: one.name, address: one.address }))));
    this.domains = pulumi.output(pick((plan) => forwarded(plan).map((one) => ({ domain: one.name, server: one.address }))));
    this.registerOutputs({ reservations: this.reservations, names: this.names, domains: this.domains });
    const driver = recordsDriverOf(router.type ?? "asus");
    if (driver === undefined) return;
    const { repair = false, adopt = false, owned, input } = preflight ?? {};
    const owner = args.owner ?? `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const options = { owner, adopt: (router.adopt ?? false) || adopt, enableDormant: router.enableDormant ?? false };
    const commands = (planned: RecordsPlan["reservations"], names: RecordsPlan["names"] = []) =>
      driver.commands({ planned, names, ...(owned === undefined ? {} : { owned }) }, options);
    // The scripts do not depend on the reservations, which the command gets by standard input.
    const scripts = commands([]);
    const isOfOwner = input !== undefined && driver.ownerIn(input) === driver.ownerNumber(owner);
    const stdinOf = ({ reservations, names }: RecordsPlan): string => {
      const applied = input === undefined ? [] : driver.appliedBy(input);
      const isNamed = hasSameNames(names, input === undefined ? [] : driver.namesAppliedBy(input));
      const isApplied =
        isOfOwner &&
        isNamed &&
        applied.length === reservations.length &&
        reservations.every((one) => applied.some((other) => isSame(one, other)));
      // The recorded input may name reservations that the last run removed, which must not cause another update.
      return isApplied && !repair && input !== undefined && isCurrent(input) ? input : commands(reservations, names).stdin;
    };
    const isCurrent = (text: string) => text.endsWith(scripts.stdin.replace(/^.*\n/, ""));
    registerCommand(this, name, {
      connection,
      commands: scripts,
      stdin: pick(stdinOf),
      // With the state, an update knows which reservations to remove. A new host needs a removal from the old router, and a new owner one of the
      // names, which the router stores by the owner's number.
      triggers: pick((plan) => [
        plan.router.host,
        ...(owned === undefined ? commands(plan.reservations).identity : []),
        String(driver.ownerNumber(owner)),
      ]),
      repair,
      isInPlace: isOfOwner,
      dependsOn: opts?.dependsOn,
    });
  }
}
