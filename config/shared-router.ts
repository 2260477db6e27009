/** Compares what different stacks say of the same router. */
import { clash, locationOf, type Claim, type Clash } from "./clash";
import { locate, type Inspected } from "./parse";
import { quote } from "./problem";
import { bytesOf, fits, SHORTEN, tooLong } from "./route-list";
import { recordsOf, type Sections } from "./sections";

type Router = NonNullable<Sections["router"]>;

/** A stack with a valid router. */
interface Routed {
  readonly stack: Inspected;
  readonly router: Router;
}

/** Finds routers of which stacks say different things, and routers that would get too many routes. */
export function sharedRouterClashes(stacks: readonly Inspected[]): Clash[] {
  const routers = new Map<string, Routed[]>();
  for (const stack of stacks) {
    const { router } = stack.sections;
    if (router === undefined) continue;
    const host = router.host.toLowerCase();
    routers.set(host, [...(routers.get(host) ?? []), { stack, router }]);
  }
  return [...routers.values()].flatMap((sharing) => [...differentLans(sharing), ...differentKeys(sharing), ...longLists(sharing)]);
}

function differentLans([first, ...others]: readonly Routed[]): Clash[] {
  return others.flatMap(({ stack, router }) => {
    if (first === undefined || router.lan.text === first.router.lan.text) return [];
    const earlier = { stack: first.stack, path: "router.lan" };
    const rule = `stack ${first.stack.source.stack} has ${first.router.lan.text} for the same router ${router.host} (${locationOf(earlier)})`;
    return [clash(claim(stack, "router.lan", router.lan.text), earlier, rule, "write the router's LAN in both")];
  });
}

/** Reports different host keys of one type. A router may have one key of each type. */
function differentKeys(sharing: readonly Routed[]): Clash[] {
  const first = new Map<string, Routed>();
  return sharing.flatMap((one): Clash[] => {
    const { stack, router } = one;
    if (router.hostKey === undefined) return [];
    const [type = ""] = router.hostKey.split(" ");
    const server = `${router.port} ${type}`;
    const earlier = first.get(server);
    first.set(server, earlier ?? one);
    if (earlier === undefined || earlier.router.hostKey === router.hostKey) return [];
    const at = { stack: earlier.stack, path: "router.hostKey" };
    const rule = `stack ${earlier.stack.source.stack} has another ${type} key for the same router ${router.host} (${locationOf(at)})`;
    return [clash(claim(stack, "router.hostKey", router.hostKey), at, rule, "write the key that the router has in both")];
  });
}

/** Reports a list that is too long only with the routes of several stacks. The rules within one stack report its own routes. */
function longLists(sharing: readonly Routed[]): Clash[] {
  const lists = sharing.map(({ stack }) => ({ stack, records: recordsOf(stack.sections) })).filter(({ records }) => records.length > 0);
  const last = lists.at(-1);
  const isTooLong = (records: readonly string[]) => !fits(records.length, bytesOf(records));
  const all = lists.flatMap(({ records }) => records);
  if (last === undefined || !sharing.some(({ router }) => router.type === "asus")) return [];
  if (!isTooLong(all) || lists.some(({ records }) => isTooLong(records))) return [];
  const owners =
    lists.length > 5
      ? `of ${lists.length} stacks`
      : lists.map(({ stack, records }) => `${stack.source.stack} ${records.length}`).join(", ");
  const host = last.stack.sections.router?.host ?? "";
  const finding = { path: "router.host", value: quote(host), rule: tooLong(all.length, bytesOf(all), ` (${owners})`), fix: SHORTEN };
  return [{ stacks: lists.map(({ stack }) => stack.source.stack), problem: locate(last.stack.source, finding) }];
}

const claim = (stack: Inspected, path: string, value: string): Claim => ({ stack, path, value: quote(value) });
