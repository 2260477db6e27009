/** Checks whether the router's DNS server resolves a stack's names, and forwards its domains. */
import { promises as dns } from "node:dns";

import { isIpv4 } from "../../config/address/address";
import type { NamePlan } from "../../config/plan";
import { failed, ok, unknown, type Line } from "../check/check";
import type { PlannedStack } from "../check/stacks";

/** Resolves a name at a DNS server. @throws NodeJS.ErrnoException */
export type Resolve = (server: string, name: string) => Promise<readonly string[]>;

const real: Resolve = (server, name) => {
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return resolver.resolve4(name);
};

/** Returns the subject of the line about a name or forwarded domain. */
export const nameSubject = ({ name, forwarded }: NamePlan): string => `${forwarded === true ? "domain" : "name"} ${name}`;

/** Sends the router a query for each name and forwarded domain of the plan, from this machine. */
export function checkNames({ plan }: PlannedStack, resolve: Resolve = real): Promise<Line[]> {
  const { names, router } = plan;
  return Promise.all(
    names.map(async (one): Promise<Line> => {
      const { name, address, forwarded } = one;
      const what = nameSubject(one);
      if (!isIpv4(router.host)) return unknown(what, "skipped: router.host is no IPv4 address to send a query to");
      try {
        const found = await resolve(router.host, name);
        if (forwarded) return ok(what, `${address} answers for it through ${router.host}`);
        if (found.length === 1 && found[0] === address) return ok(what, `resolves to ${address} on ${router.host}`);
        return failed(
          what,
          `resolves to ${found.join(", ")} on ${router.host}, and is planned as ${address}`,
          `pulumi up --stack ${plan.stack}`,
        );
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // "No such name" and "no address" are answers of the domain's DNS server too, so forwarding works.
        if (forwarded && (code === "ENOTFOUND" || code === "ENODATA")) return ok(what, `${address} answers for it through ${router.host}`);
        if (forwarded)
          return failed(
            what,
            `${router.host} gets no answer for it from the DNS server ${address} (${code})`,
            "check the DNS server's service in the cluster",
          );
        if (code === "ENOTFOUND" || code === "ENODATA" || code === "EREFUSED")
          return failed(what, `does not resolve on ${router.host}`, `pulumi up --stack ${plan.stack}`);
        return failed(what, `the DNS server ${router.host} does not answer (${code})`, "run it on the router's LAN");
      }
    }),
  );
}
