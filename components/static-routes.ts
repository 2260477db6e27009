import * as pulumi from "@pulumi/pulumi";

import type { RouteRecord } from "../config/plan";
import { parseRoutesArgs, type RoutesPlan } from "../config/routes-args";
import { driverOf } from "../router/drivers";
import { HomelabComponent } from "./internal/homelab-component";
import type { RoutesPreflight } from "./internal/preflight";
import { checkRouterArguments, registerCommand } from "./internal/router-arguments";
import * as log from "../engine/log";

/** A router, and how to log in to it. */
export interface RouterArgs {
  /**
   * `asus`: ASUS firmware, stock or Merlin. `manual`: the user enters the routes by hand.
   *
   * @default "asus"
   */
  readonly type?: "asus" | "manual";
  /**
   * The router's address or host name. If it changes, the routes are removed from the old router and applied to the new one.
   *
   * @example "192.168.50.1"
   */
  readonly host: pulumi.Input<string>;
  /**
   * The SSH port.
   *
   * @default 22
   */
  readonly port?: number;
  /** The user name of the router's web page. Required unless the type is `manual`. */
  readonly user?: pulumi.Input<string>;
  /**
   * A private SSH key, stored as a secret. At least one of {@link privateKey}, {@link privateKeyFile}, {@link password} and {@link agent}
   * is required.
   */
  readonly privateKey?: pulumi.Input<string>;
  /**
   * The path of a private SSH key, instead of {@link privateKey}.
   *
   * @example "~/.ssh/id_ed25519"
   */
  readonly privateKeyFile?: string;
  /** The user's password, stored as a secret. */
  readonly password?: pulumi.Input<string>;
  /**
   * Whether to log in with a key of the SSH agent at SSH_AUTH_SOCK.
   *
   * @default false
   */
  readonly agent?: boolean;
  /**
   * The router's SSH host key. Required unless {@link acceptAnyHostKey} is true.
   *
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK..."
   */
  readonly hostKey?: pulumi.Input<string>;
  /**
   * Whether to accept any host key if {@link hostKey} is not set.
   *
   * @default false
   */
  readonly acceptAnyHostKey?: boolean;
  /**
   * The router's LAN. If it is set, a destination on the LAN and a gateway outside of it are errors.
   *
   * @default none: destinations and gateways are not compared with the LAN
   * @example "192.168.50.0/24"
   */
  readonly lan?: string;
  /**
   * Whether the component adopts routes that exist on the router already and are exactly the same.
   *
   * @default false: such routes are an error
   */
  readonly adopt?: boolean;
  /**
   * Whether the component may switch static routes on if that also activates unmanaged routes in the router's list.
   *
   * @default false: such routes are an error
   */
  readonly enableDormant?: boolean;
}

/** A static route. */
export interface RouteArgs {
  /**
   * An IPv4 network outside of the LAN, in its canonical form.
   *
   * @example "10.5.0.0/24"
   */
  readonly destination: pulumi.Input<string>;
  /**
   * The IPv4 address on the LAN that the router sends the traffic to, such as a node's address.
   *
   * @example "192.168.50.11"
   */
  readonly gateway: pulumi.Input<string>;
  /**
   * The metric, as on the router's form: 0 to 999.
   *
   * @default 0
   */
  readonly metric?: number;
}

/** Arguments of {@link StaticRoutes}. */
export interface StaticRoutesArgs {
  /** The router and its login. */
  readonly router: RouterArgs;
  /** The routes, at least one. */
  readonly routes: readonly RouteArgs[];
  /**
   * The owner's name. The router stores a number derived from it, so it must be unique to this component and must not change.
   *
   * @default the names of project, stack and component
   */
  readonly owner?: string;
  /**
   * The result of a check of the router.
   *
   * @default none: a missing host key is an error
   */
  readonly preflight?: RoutesPreflight;
}

/** A route, with the values of the router's form. */
export interface RouteForm {
  readonly network: string;
  readonly netmask: string;
  readonly gateway: string;
  readonly metric: number;
}

/**
 * Static routes on a router, which take effect at once and survive a reboot. One command over SSH applies all of them. It is safe to run
 * twice and keeps routes that are already correct. Destroying the component removes only its own routes. For a router of type `manual` the
 * component prints what to enter.
 *
 * @example
 * new StaticRoutes("routes", {
 *   router: { host: "192.168.50.1", user: "homelab", privateKey, hostKey },
 *   routes: [{ destination: "10.5.0.0/24", gateway: "192.168.50.11" }],
 * }, { dependsOn: network });
 */
export class StaticRoutes extends HomelabComponent {
  /** The routes, with the values of the router's form. */
  readonly routes: pulumi.Output<RouteForm[]>;

  /** @throws pulumi.ResourceError if arguments are invalid; the error lists every problem */
  constructor(name: string, args: StaticRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    // The type is StaticRoute because existing states have that type. The state gets no inputs because they contain credentials.
    super("homelab:network:StaticRoute", name, {}, opts);
    const parsing = { parse: parseRoutesArgs, lists: { routes: ["destination", "gateway"] } };
    const { pick, connection } = checkRouterArguments({ resource: this, label: `StaticRoutes ${name}` }, args, parsing);
    const { router, preflight } = args;
    this.routes = pulumi.output(pick(formsOf));
    this.registerOutputs({ routes: this.routes });
    const driver = driverOf(router.type ?? "asus");
    if (driver === undefined) {
      pulumi.output(pick(manualInstructions)).apply((text) => log.info(text, this));
      return;
    }
    const { repair = false, adopt = false, input } = preflight ?? {};
    const owner = args.owner ?? `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const options = { owner, adopt: (router.adopt ?? false) || adopt, enableDormant: router.enableDormant ?? false };
    const commands = (routes: readonly RouteRecord[]) => driver.commands(routes, options, input);
    // The scripts do not depend on the routes, which the command gets by standard input.
    const scripts = commands([]);
    const stdinOf = ({ routes }: RoutesPlan): string => {
      const { stdin } = commands(routes);
      // The recorded input may name routes that the last run added, removed or adopted, which must not cause another update.
      return input !== undefined && !repair && driver.hasSameResult(input, stdin) ? input : stdin;
    };
    registerCommand(this, name, {
      connection,
      commands: scripts,
      stdin: pick(stdinOf),
      // A new key must not remove the routes, so credentials are no trigger. A new host is, because the old router must be cleaned up.
      // Without the state, an update does not know which routes to remove.
      triggers: pick((plan) => [plan.router.host, ...(preflight === undefined ? commands(plan.routes).identity : [])]),
      repair,
      isInPlace: input !== undefined,
      dependsOn: opts?.dependsOn,
    });
  }
}

const formsOf = ({ routes }: RoutesPlan): RouteForm[] =>
  routes.map(({ destination, gateway, metric }) => ({ network: destination.network, netmask: destination.netmask, gateway, metric }));

/** Returns the text that lists the routes to enter by hand. */
function manualInstructions({ router, routes }: RoutesPlan): string {
  const forms = routes.map(({ destination, gateway }) => `${destination.network}, ${destination.netmask}, ${gateway}`);
  return `Enter on the router ${router.host} (network, netmask, gateway): ${forms.join("; ")}.`;
}
