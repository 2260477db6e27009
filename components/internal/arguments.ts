import * as pulumi from "@pulumi/pulumi";

import type { Judged } from "../../config/network-args";
import { formatFinding, listOf, type Finding } from "../../config/problem";
import { componentError } from "../../engine/run-error";

/** A component, and how a message calls it. */
export interface Component {
  readonly resource: pulumi.ComponentResource;
  /** Such as `ClusterNetwork lab`. */
  readonly label: string;
}

/** What was found about a component's arguments. */
export interface Findings<T> {
  /** Of what is known now. */
  readonly now: Judged<T>;
  /** Of all of it, where some of it is another resource's. */
  readonly later?: pulumi.Output<Judged<T>>;
}

/** Arguments that are sound as far as they are known. */
export interface Arguments<T> {
  /** What is known now: a value of another resource's is missing from it. */
  readonly shape: T;
  /** Reads something of all of it: at once where that is known, as an output else. */
  readonly pick: <V>(select: (parsed: T) => V) => pulumi.Input<V>;
}

/**
 * Refuses a component's arguments with all that is wrong with them: what is known now before a child is registered, and the rest when it is known.
 *
 * @throws pulumi.ResourceError
 */
export function checkArguments<T>(component: Component, { now, later }: Findings<T>): Arguments<T> {
  const sound = ({ findings, parsed }: Judged<T>): T => {
    refuse(component, findings);
    return parsed as T;
  };
  const shape = sound(now);
  if (later === undefined) return { shape, pick: (select) => select(shape) };
  const whole = later.apply(sound) as pulumi.Output<unknown>;
  return { shape, pick: <V>(select: (parsed: T) => V) => whole.apply((parsed) => select(parsed as T)) as pulumi.Input<V> };
}

/** Refuses arguments that are no object, as a caller without types may give. @throws pulumi.ResourceError */
export function refuseNoObject(component: Component, args: unknown): void {
  if (isRecord(args)) return;
  const value = isList(args) ? "a list" : isPlain(args) ? String(args) : "an output";
  refuse(component, [{ path: "arguments", value, rule: "not an object", fix: "give the component an object with its arguments" }]);
}

/** @throws pulumi.ResourceError where there is a finding */
export function refuse({ resource, label }: Component, findings: readonly Finding[]): void {
  if (findings.length > 0) throw componentError(listOf(`${label} has`, findings.map(formatFinding)), resource);
}

/** What more was found: not what is about a value that is wrong already. */
export const besides = (found: readonly Finding[], more: readonly Finding[]): Finding[] =>
  more.filter(({ path }) => !found.some((earlier) => earlier.path === path));

/** Whether a value is at hand, and not another resource's. */
export const isPlain = <T>(value: pulumi.Input<T>): value is T => !pulumi.Output.isInstance(value) && !(value instanceof Promise);

/** A text as far as it is known: another resource's counts as given. */
export const textOf = <T extends string | undefined>(value: pulumi.Input<T>): T | "later" => (isPlain(value) ? value : "later");

/** What is known of pools, and of all arguments beside them. */
export function findingsWithPools<T>(
  args: object,
  pools: readonly WithAddresses[],
  parse: (args: Record<string, unknown>, isComplete: boolean) => Judged<T>,
): Findings<T> {
  // A caller without types may give anything: the parser refuses that.
  if (!isList(pools)) return { now: parse({ ...args, pools }, true) };
  const lists = pools.map((pool) => (isRecord(pool) ? pool.addresses : []));
  const filled = (addresses: readonly unknown[]) => ({
    ...args,
    pools: pools.map((pool, index) => (isRecord(pool) ? { ...pool, addresses: addresses[index] } : pool)),
  });
  const isComplete = lists.every(isPlainList);
  const now = parse(filled(lists.map((list) => (isPlainList(list) ? list : []))), isComplete);
  return isComplete ? { now } : { now, later: pulumi.output(lists).apply((all) => parse(filled(all), true)) };
}

/** Whether something is a list, with the type of its entries as it was. */
export const isList = (value: unknown): boolean => Array.isArray(value);

/** Whether something is an object with keys of its own, and not another resource's that is still to come. */
export const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !isList(value) && isPlain(value);

/** Something with addresses, as a pool has them. */
interface WithAddresses {
  readonly addresses: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** Whether every entry of a list is known. */
const isPlainList = (list: WithAddresses["addresses"]): boolean => isPlain(list) && (!isList(list) || list.every(isPlain));
