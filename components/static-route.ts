import { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";

import type { Route, RouterPlan } from "../network/plan";
import { recordOf } from "../router/rule-list";
import { ROUTE_SCRIPT, routeCommand } from "../router/script";
import type { RouterLogin } from "./stack-config";

/** Arguments of {@link StaticRoute}. */
export interface StaticRouteArgs {
  readonly router: RouterPlan;
  readonly routes: readonly Route[];
  readonly login: RouterLogin;
}

/**
 * The static routes of a stack on an ASUS router, kept over its reboots and live at once. One command over SSH sets them all, and every run of it
 * converges: what is there already stays untouched. Destroying it takes away these routes and nothing else.
 */
export class StaticRoute extends pulumi.ComponentResource {
  constructor(name: string, args: StaticRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("homelab:network:StaticRoute", name, {}, opts);
    const { router, routes, login } = args;
    if (router.hostKey === undefined) {
      const message = `router.hostKey is not set, so whatever answers at ${router.host} is taken for the router; set it to what "ssh-keyscan -t ed25519 -p ${router.port} ${router.host}" prints after the host`;
      void pulumi.log.warn(message, this);
    }
    const apply = routeCommand("apply", routes);
    new Command(
      name,
      {
        connection: connectionTo(router, login),
        create: apply,
        update: apply,
        delete: routeCommand("remove", routes),
        stdin: ROUTE_SCRIPT,
        // Credentials are no trigger: a new key must not take the route away. Another host is: the old router has to be cleaned.
        triggers: [router.host, ...routes.map(recordOf)],
        // The router's SSH server takes no environment, and would warn on every update.
        addPreviousOutputInEnv: false,
      },
      // The other order would run the old routes' removal after the new ones' creation, and could take away what both share.
      { parent: this, deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}

/** One retry and no more: routers shut out who fails to log in a few times, and failed log-ins are retried as well. */
function connectionTo({ host, port, user, hostKey }: RouterPlan, login: RouterLogin) {
  return pulumi.secret({ host, port, user, ...login, ...(hostKey === undefined ? {} : { hostKey }), dialErrorLimit: 1 });
}
