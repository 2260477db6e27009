import { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterPlan, Route, RouterPlan } from "../config/plan";
import { driverOf } from "../router/drivers";
import type { RouterLogin } from "../config/stack-loader";

/** Arguments of {@link StaticRoute}. */
export interface StaticRouteArgs {
  /** Whether what the router says of the stack's routes differs from what the stack made. */
  readonly repair: boolean;
  /** Whether the routes become the stack's where they are there already. */
  readonly adopt: boolean;
  /** The command's standard input in the state. */
  readonly input?: string;
  /** Whose routes they are: its name stands for the stack, also after that was renamed. */
  readonly cluster: ClusterPlan;
  readonly router: RouterPlan;
  readonly routes: readonly Route[];
  readonly login: RouterLogin;
  /** What has to be there before the routes lead to it. */
  readonly after?: Promise<pulumi.Resource[]> | undefined;
}

/**
 * The static routes of a stack on its router, kept over reboots and live at once. One command over SSH sets them all, and every run of it converges:
 * what is there already stays untouched. Destroying it takes away these routes and nothing else. On a router of type `manual` it says what to enter.
 */
export class StaticRoute extends pulumi.ComponentResource {
  constructor(name: string, args: StaticRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:StaticRoute", name, {}, opts);
    const { cluster, router, routes, login, repair, adopt, input } = args;
    const driver = driverOf(router.type);
    if (driver === undefined) {
      const forms = routes.map(({ destination, gateway }) => `${destination.network}, ${destination.netmask}, ${gateway}`);
      void pulumi.log.info(`Enter on the router ${router.host} (network, netmask, gateway): ${forms.join("; ")}.`, this);
      this.registerOutputs({});
      return;
    }
    const commandsFor = (adopted: boolean) => driver.commands(routes, { ...router, adopt: adopted, owner: cluster.name });
    const { create, update, remove, stdin, identity } = commandsFor(router.adopt || adopt);
    // How the routes came to be the stack's is no change of them.
    const isSame = [true, false].some((adopted) => commandsFor(adopted).stdin === input);
    new Command(
      name,
      {
        connection: connectionTo(router, login),
        create,
        // The provider reads nothing back, so a difference on the router shows as a changed input: a remark at the end, new each time.
        update: repair ? `${update} # repair ${new Date().toISOString()}` : update,
        delete: remove,
        stdin: isSame && input !== undefined ? input : stdin,
        // Credentials are no trigger: a new key must not take the route away. Another host is: the old router has to be cleaned.
        triggers: [router.host, ...identity],
        // The router's SSH server takes no environment, and would warn on every update.
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: args.after ?? [],
        // The other order would run the old routes' removal after the new ones' creation, and could take away what both share.
        deleteBeforeReplace: true,
        // The remark of the last repair stays in the state, and is no change by itself.
        ignoreChanges: repair ? [] : ["update"],
      },
    );
    this.registerOutputs({});
  }
}

/** One dial: routers shut out who fails to log in a few times, and the provider would repeat a log-in that was refused. */
function connectionTo({ host, port, user, hostKey }: RouterPlan, login: RouterLogin) {
  const { password, privateKey } = login;
  return pulumi.secret({
    host,
    port,
    dialErrorLimit: 0,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(hostKey === undefined ? {} : { hostKey }),
  });
}
