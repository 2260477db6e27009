import { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";

import type { RouteRecord } from "../config/plan";
import type { RoutesPlan } from "../config/routes-args";
import { driverOf } from "../router/drivers";
import type { RoutesPreflight } from "./internal/preflight";
import { checkRoutesArguments } from "./internal/routes-arguments";

/** A router, and how to log in to it. */
export interface RouterArgs {
  /**
   * `asus`: ASUS firmware, stock or Merlin. `manual`: somebody enters the routes by hand.
   *
   * @default "asus"
   */
  readonly type?: "asus" | "manual";
  /**
   * The router's address or host name. With another one, the routes go from the old router and come to the new one.
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
  /** The name with which one logs in to the router's web page. Needed but for type `manual`. */
  readonly user?: pulumi.Input<string>;
  /** A private SSH key. Becomes a secret. At least one of key, password and agent is needed. */
  readonly privateKey?: pulumi.Input<string>;
  /**
   * The path of a private SSH key, instead of {@link privateKey}.
   *
   * @example "~/.ssh/id_ed25519"
   */
  readonly privateKeyFile?: string;
  /** The user's password. Becomes a secret. */
  readonly password?: pulumi.Input<string>;
  /**
   * Whether the SSH agent at SSH_AUTH_SOCK has the key.
   *
   * @default false
   */
  readonly agent?: boolean;
  /**
   * The router's SSH host key. Without it, {@link acceptAnyHostKey} is needed.
   *
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK..."
   */
  readonly hostKey?: pulumi.Input<string>;
  /**
   * Whether to trust whatever answers at the router's address, where no {@link hostKey} is given.
   *
   * @default false
   */
  readonly acceptAnyHostKey?: boolean;
  /**
   * The router's LAN. With it, destinations on the LAN and gateways outside of it are errors.
   *
   * @default not known: neither is checked
   * @example "192.168.50.0/24"
   */
  readonly lan?: string;
  /**
   * Whether routes that are on the router already, exactly as given here, become this component's.
   *
   * @default false: they are an error
   */
  readonly adopt?: boolean;
  /**
   * Whether switching static routes on may bring to life what others have left in the router's list.
   *
   * @default false: that is an error
   */
  readonly enableDormant?: boolean;
}

/** A static route. */
export interface RouteArgs {
  /**
   * A network of IPv4 outside of the LAN, in its canonical form.
   *
   * @example "10.5.0.0/24"
   */
  readonly destination: pulumi.Input<string>;
  /**
   * The IPv4 address on the LAN that the traffic goes to, such as a node's.
   *
   * @example "192.168.50.11"
   */
  readonly gateway: pulumi.Input<string>;
  /**
   * The metric on the router's form, 0 to 999.
   *
   * @default 0
   */
  readonly metric?: number;
}

/** Arguments of {@link StaticRoutes}. */
export interface StaticRoutesArgs {
  /** The router. */
  readonly router: RouterArgs;
  /** The routes: at least one. */
  readonly routes: readonly RouteArgs[];
  /**
   * Whose routes they are. The router gets a number that stands for this name; it is to be another for each component, and stay.
   *
   * @default project, stack and component's name
   */
  readonly owner?: string;
  /**
   * What a check of the router found before.
   *
   * @default nothing: that a host key is missing is an error here
   */
  readonly preflight?: RoutesPreflight;
}

/** A route in the values of the router's form. */
export interface RouteForm {
  readonly network: string;
  readonly netmask: string;
  readonly gateway: string;
  readonly metric: number;
}

/**
 * Static routes on a router, kept over reboots and live at once. One command over SSH sets them all, and every run of it converges: what is there already
 * stays untouched. Destroying it takes away these routes and nothing else. On a router of type `manual` it says what to enter.
 *
 * @example
 * new StaticRoutes("routes", {
 *   router: { host: "192.168.50.1", user: "homelab", privateKey, hostKey },
 *   routes: [{ destination: "10.5.0.0/24", gateway: "192.168.50.11" }],
 * }, { dependsOn: network });
 */
export class StaticRoutes extends pulumi.ComponentResource {
  /** The routes, in the values of the router's form. */
  readonly routes: pulumi.Output<RouteForm[]>;

  /** @throws pulumi.ResourceError with all that is wrong with the arguments. */
  constructor(name: string, args: StaticRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    // The type stays as states have it; the arguments stay out of them, since they have credentials.
    super("homelab:network:StaticRoute", name, {}, opts);
    const { pick, connection } = checkRoutesArguments({ resource: this, label: `StaticRoutes ${name}` }, args);
    const { router, preflight } = args;
    this.routes = pulumi.output(pick(formsOf));
    this.registerOutputs({ routes: this.routes });
    const driver = driverOf(router.type ?? "asus");
    if (driver === undefined) {
      pulumi.output(pick(toEnter)).apply((text) => pulumi.log.info(text, this));
      return;
    }
    const { repair = false, adopt = false, input } = preflight ?? {};
    const owner = args.owner ?? `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const commands = (routes: readonly RouteRecord[], adopted = (router.adopt ?? false) || adopt) =>
      driver.commands(routes, { owner, adopt: adopted, enableDormant: router.enableDormant ?? false });
    // These are the same whatever the routes.
    const { create, update, remove } = commands([]);
    const stdinOf = ({ routes }: RoutesPlan): string => {
      // How the routes came to be the stack's is no change of them.
      const isSame = [true, false].some((adopted) => commands(routes, adopted).stdin === input);
      return isSame && input !== undefined ? input : commands(routes).stdin;
    };
    new Command(
      name,
      {
        connection,
        create,
        // The provider reads nothing back, so a difference on the router shows as a changed input: a remark at the end, new each time.
        update: repair ? `${update} # repair ${new Date().toISOString()}` : update,
        delete: remove,
        stdin: pick(stdinOf),
        // Credentials are no trigger: a new key must not take the route away. Another host is: the old router has to be cleaned.
        triggers: pick((plan) => [plan.router.host, ...commands(plan.routes).identity]),
        // The router's SSH server takes no environment, and would warn on every update.
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: opts?.dependsOn ?? [],
        // The other order would run the old routes' removal after the new ones' creation, and could take away what both share.
        deleteBeforeReplace: true,
        // The remark of the last repair stays in the state, and is no change by itself.
        ignoreChanges: repair ? [] : ["update"],
      },
    );
  }
}

const formsOf = ({ routes }: RoutesPlan): RouteForm[] =>
  routes.map(({ destination, gateway, metric }) => ({ network: destination.network, netmask: destination.netmask, gateway, metric }));

/** What somebody has to enter by hand. */
function toEnter({ router, routes }: RoutesPlan): string {
  const forms = routes.map(({ destination, gateway }) => `${destination.network}, ${destination.netmask}, ${gateway}`);
  return `Enter on the router ${router.host} (network, netmask, gateway): ${forms.join("; ")}.`;
}
