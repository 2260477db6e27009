import { broadcast, contains, overlaps, type Cidr } from "./address";
import { isChartName } from "./chart";
import type { Problem } from "./problem";
import type { StackConfig } from "./schema";

/** What of a configuration parsed. Rules look only at what is there, so that one bad key does not hide the problems of the others. */
export type Sections = Partial<StackConfig>;

/** The rules that tie keys together; each returns every problem it finds. */
export function findProblems(sections: Sections): Problem[] {
  return [uniquePoolNames, disjointPools, poolsOffTheLan, gatewayOnTheLan, gatewayOutsidePools, oneCredential, repositoryForName].flatMap(
    (rule) => rule(sections),
  );
}

interface Placed {
  readonly path: string;
  readonly pool: string;
  readonly cidr: Cidr;
}

function placedAddresses({ pools = [] }: Sections): Placed[] {
  return pools.flatMap((pool, p) => pool.addresses.map((cidr, a) => ({ path: `pools[${p}].addresses[${a}]`, pool: pool.name, cidr })));
}

/** Every pair once, the later one first. */
function pairs<T>(items: readonly T[]): [later: T, earlier: T][] {
  return items.flatMap((later, index) => items.slice(0, index).map((earlier): [T, T] => [later, earlier]));
}

const quote = (text: string) => JSON.stringify(text);

function uniquePoolNames({ pools = [] }: Sections): Problem[] {
  return pairs(pools.map(({ name }, index) => ({ name, index })))
    .filter(([later, earlier]) => later.name === earlier.name)
    .map(([later, earlier]) => ({
      path: `pools[${later.index}].name`,
      value: quote(later.name),
      rule: `pools[${earlier.index}] has the same name`,
      fix: "give each pool a name of its own",
    }));
}

function disjointPools(sections: Sections): Problem[] {
  return pairs(placedAddresses(sections))
    .filter(([later, earlier]) => overlaps(later.cidr, earlier.cidr))
    .map(([later, earlier]) => ({
      path: later.path,
      value: quote(later.cidr.text),
      rule: `overlaps ${earlier.cidr.text} of pool ${earlier.pool} (${earlier.path})`,
      fix: "give each pool addresses of its own",
    }));
}

function poolsOffTheLan(sections: Sections): Problem[] {
  const lan = sections.router?.lan;
  if (lan === undefined) return [];
  return placedAddresses(sections)
    .filter(({ cidr }) => overlaps(cidr, lan))
    .map(({ path, cidr }) => ({
      path,
      value: quote(cidr.text),
      rule: `overlaps the LAN ${lan.text} (router.lan), where a static route would do harm`,
      fix: "use a network outside the LAN, such as 10.5.0.0/24",
    }));
}

function gatewayOnTheLan({ gateway, router }: Sections): Problem[] {
  const address = gateway?.addresses[0];
  if (address === undefined || router === undefined) return [];
  const refuse = (rule: string): Problem[] => [
    { path: "gateway.addresses[0]", value: quote(address), rule, fix: `use the address of a master node in ${router.lan.text}` },
  ];
  if (!contains(router.lan, address)) return refuse(`outside the router's LAN ${router.lan.text} (router.lan)`);
  if (address === router.host) return refuse("the router itself (router.host)");
  const noHost = router.lan.prefix < 31 && (address === router.lan.network || address === broadcast(router.lan));
  return noHost ? refuse(`the first or last address of ${router.lan.text}, which no host has`) : [];
}

function gatewayOutsidePools(sections: Sections): Problem[] {
  const address = sections.gateway?.addresses[0];
  if (address === undefined) return [];
  return placedAddresses(sections)
    .filter(({ cidr }) => contains(cidr, address))
    .map(({ path, pool, cidr }) => ({
      path: "gateway.addresses[0]",
      value: quote(address),
      rule: `inside ${cidr.text} of pool ${pool} (${path}), so that the route would lead into itself`,
      fix: "use the address of a master node",
    }));
}

function oneCredential({ router }: Sections): Problem[] {
  if (router === undefined) return [];
  if (router.privateKey !== undefined && router.privateKeyFile !== undefined) {
    return [
      {
        path: "router.privateKeyFile",
        value: quote(router.privateKeyFile),
        rule: "router.privateKey is set too",
        fix: "keep one of the two",
      },
    ];
  }
  if (router.privateKey !== undefined || router.privateKeyFile !== undefined || router.password !== undefined) return [];
  return [
    {
      path: "router",
      rule: "neither key nor password to log in with",
      fix: "set router.privateKeyFile, or router.privateKey or router.password as a secret",
    },
  ];
}

function repositoryForName({ metallb }: Sections): Problem[] {
  if (metallb?.repository === undefined || isChartName(metallb.chart)) return [];
  return [
    {
      path: "metallb.repository",
      value: quote(metallb.repository),
      rule: `metallb.chart is ${metallb.chart}, which needs no repository`,
      fix: "remove the repository, or give the chart by name",
    },
  ];
}
