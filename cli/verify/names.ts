/** Checks whether the router's DNS server resolves a stack's names. */
import { promises as dns } from "node:dns";

import { isIpv4 } from "../../config/address/address";
import { failed, ok, unknown, type Line } from "../check/check";
import type { PlannedStack } from "../check/stacks";

/** Resolves a name at a DNS server. @throws NodeJS.ErrnoException */
export type Resolve = (server: string, name: string) => Promise<readonly string[]>;

const real: Resolve = (server, name) => {
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return resolver.resolve4(name);
};

/** Asks the router for each name of the plan, from this machine. */
export function checkNames({ plan }: PlannedStack, resolve: Resolve = real): Promise<Line[]> {
  const { names, router } = plan;
  return Promise.all(
    names.map(async ({ name, address }): Promise<Line> => {
      const what = `name ${name}`;
      if (!isIpv4(router.host)) return unknown(what, "skipped: router.host is no IPv4 address to send a query to");
      try {
        const found = await resolve(router.host, name);
        if (found.length === 1 && found[0] === address) return ok(what, `resolves to ${address} on ${router.host}`);
        return failed(
          what,
          `resolves to ${found.join(", ")} on ${router.host}, and is planned as ${address}`,
          `pulumi up --stack ${plan.stack}`,
        );
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOTFOUND" || code === "ENODATA" || code === "EREFUSED")
          return failed(what, `does not resolve on ${router.host}`, `pulumi up --stack ${plan.stack}`);
        return failed(what, `the DNS server ${router.host} does not answer (${code})`, "run it on the router's LAN");
      }
    }),
  );
}
