import { isChartFolder, isChartName } from "./chart";
import { gatewayRules } from "./gateway-rules";
import { poolRules } from "./pool-rules";
import { releaseRules } from "./release-rules";
import { reservationRules } from "./reservation-rules";
import { routerRules } from "./router-rules";
import { HIDDEN, namesOf, nearest, quote, type Finding } from "./problem";
import type { StackConfig } from "./schema";
import type { Sections } from "./sections";

/** Checks the rules between the keys of one stack, and returns every finding. */
export function findProblems(sections: Sections): Finding[] {
  return [...poolRules, ...gatewayRules, ...routerRules, ...reservationRules, ...otherRules].flatMap((rule) => rule(sections));
}

/** The keys of a router that the login rules check. */
type RouterKeys = Pick<StackConfig["router"], "type" | "user" | "password" | "privateKey" | "privateKeyFile" | "agent">;

/** Checks the rules for the login to a router. */
export const findLoginProblems = (router: RouterKeys): Finding[] => [...userRequired({ router }), ...oneCredential({ router })];

const otherRules = [
  releaseRules,
  userRequired,
  oneCredential,
  repositoryRequired,
  digestOfArchive,
  uniqueNames,
  knownPools,
  everyPoolAnnounced,
];

function userRequired({ router }: { readonly router?: RouterKeys }): Finding[] {
  if (router === undefined || router.type === "manual" || router.user !== undefined) return [];
  const fix = "set it to the name that you use to log in to the router's web page";
  return [{ path: "router.user", value: "nothing", rule: "missing", fix }];
}

function oneCredential({ router }: { readonly router?: RouterKeys }): Finding[] {
  if (router === undefined || router.type === "manual") return [];
  if (router.privateKey !== undefined && router.privateKeyFile !== undefined) {
    const rule = "router.privateKey is set too";
    return [{ path: "router.privateKeyFile", value: quote(router.privateKeyFile), rule, fix: "keep one of the two" }];
  }
  if (router.privateKey !== undefined || router.privateKeyFile !== undefined || router.password !== undefined || router.agent) return [];
  return [
    {
      path: "router",
      value: HIDDEN,
      rule: "neither key nor password nor agent to log in with",
      fix: "set router.privateKeyFile or router.agent, or router.privateKey or router.password as a secret",
    },
  ];
}

function repositoryRequired({ metallb }: Sections): Finding[] {
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

/** Reports the digest of a folder: only an archive has one. */
function digestOfArchive({ metallb }: Sections): Finding[] {
  if (metallb?.digest === undefined || !isChartFolder(metallb.chart)) return [];
  return [
    {
      path: "metallb.digest",
      value: quote(metallb.digest),
      rule: `metallb.chart is the folder ${metallb.chart}, which has no digest`,
      fix: "remove the digest, or pack the folder with helm package and give the path of the .tgz file",
    },
  ];
}

/** Reports duplicate names: they are the names of objects in Kubernetes. */
function uniqueNames({ pools = [], advertisements = [] }: Sections): Finding[] {
  return [...findRepeatedNames("pool", pools), ...findRepeatedNames("advertisement", advertisements)];
}

function findRepeatedNames(kind: "pool" | "advertisement", named: readonly { readonly name: string }[]): Finding[] {
  const first = new Map<string, string>();
  return named.flatMap(({ name }, index) => {
    const path = `${kind}s[${index}]`;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path);
    if (earlier === undefined) return [];
    return [{ path: `${path}.name`, value: quote(name), rule: `${earlier} has the same name`, fix: `give each ${kind} a name of its own` }];
  });
}

function knownPools({ advertisements = [], pools }: Sections): Finding[] {
  if (pools === undefined) return [];
  const names = [...new Set(pools.map(({ name }) => name))];
  const known = new Set(names);
  return advertisements.flatMap((advertisement, a) =>
    (advertisement.pools ?? []).flatMap((name, p) => {
      if (known.has(name)) return [];
      const guess = nearest(name, names);
      const fix = guess === undefined ? `use one of ${namesOf(names)}` : `did you mean ${guess}?`;
      return [{ path: `advertisements[${a}].pools[${p}]`, value: quote(name), rule: "no pool has this name", fix }];
    }),
  );
}

/** Reports pools without an advertisement: MetalLB would assign their addresses, but no node would answer for them. */
function everyPoolAnnounced({ advertisements, pools = [] }: Sections): Finding[] {
  if (advertisements === undefined || advertisements.some((advertisement) => advertisement.pools === undefined)) return [];
  const announced = new Set(advertisements.flatMap((advertisement) => advertisement.pools ?? []));
  return pools
    .map(({ name }, index) => ({ path: `pools[${index}].name`, name }))
    .filter(({ name }) => !announced.has(name))
    .map(({ path, name }) => ({
      path,
      value: quote(name),
      rule: "no advertisement has this pool, so no node would answer for its addresses",
      fix: "add it to the pools of an advertisement, or leave out the pools of one",
    }));
}
