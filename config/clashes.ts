import { clash, locationOf, type Claim, type Clash } from "./clash";
import { overlapsBetween } from "./extents";
import type { Inspected } from "./parse";
import { quote } from "./problem";
import { gatewayAddresses, namePath, namesIn, placedReservations } from "./sections";
import { sharedRouterClashes } from "./shared-router";

/** A value that only one stack may have. Two claims with the same key clash. */
interface UniqueClaim extends Claim {
  readonly key: string;
}

/** Finds all clashes between stacks. */
export function findClashes(stacks: readonly Inspected[]): Clash[] {
  return [
    ...overlapsBetween(stacks),
    ...unique.flatMap(({ claims, rule, fix }) => duplicates(stacks.flatMap(claims), rule, fix)),
    ...sharedRouterClashes(stacks),
  ];
}

const claim = (stack: Inspected, path: string, value: string, key = value): UniqueClaim => ({ stack, path, key, value: quote(value) });

const unique: { claims: (stack: Inspected) => UniqueClaim[]; rule: string; fix: string }[] = [
  {
    claims: (stack) => gatewayAddresses(stack.sections).map(({ path, address }) => claim(stack, path, address)),
    rule: "another stack has the same next hop, which belongs to one cluster",
    fix: "give each cluster a next hop of its own",
  },
  {
    claims: (stack) => {
      const { cluster } = stack.sections;
      return cluster === undefined ? [] : [claim(stack, "cluster.name", cluster.name ?? stack.source.stack)];
    },
    rule: "another stack's cluster has the same name",
    fix: "give each cluster a name of its own, and one stack",
  },
  {
    claims: (stack) => {
      const { cluster } = stack.sections;
      return cluster === undefined
        ? []
        : [claim(stack, "cluster.context", cluster.context, JSON.stringify([cluster.kubeconfig, cluster.context]))];
    },
    rule: "another stack has the same context of the same kubeconfig, and so the same cluster",
    fix: "give each stack a cluster of its own",
  },
  {
    claims: (stack) =>
      namesIn(stack.sections).flatMap((one) => (one.forwarded ? [] : [claim(stack, namePath(one), one.address, one.name)])),
    rule: "another stack has the same name",
    fix: "give each service a name of its own",
  },
  {
    claims: (stack) =>
      namesIn(stack.sections).flatMap((one) => (one.forwarded ? [claim(stack, namePath(one), one.address, one.name)] : [])),
    rule: "another stack forwards the same domain",
    fix: "give each DNS server a domain of its own",
  },
  {
    claims: (stack) => placedReservations(stack.sections).map(({ path, address }) => claim(stack, path, address)),
    rule: "another stack reserves the same address",
    fix: "reserve it in one stack",
  },
  {
    claims: (stack) =>
      placedReservations(stack.sections).flatMap(({ path, mac }) =>
        mac === undefined ? [] : [claim(stack, path.replace(/address$/, "mac"), mac)],
      ),
    rule: "another stack reserves an address for the same hardware address",
    fix: "give each node one address",
  },
];

function duplicates(claims: readonly UniqueClaim[], rule: string, fix: string): Clash[] {
  const first = new Map<string, UniqueClaim>();
  return claims.flatMap((later) => {
    const earlier = first.get(later.key);
    if (earlier === undefined) first.set(later.key, later);
    // The rules within one stack are in rules.ts.
    if (earlier === undefined || earlier.stack === later.stack) return [];
    return [clash(later, earlier, `${rule} (${locationOf(earlier)})`, fix)];
  });
}
