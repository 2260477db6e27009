import * as pulumi from "@pulumi/pulumi";

import type { ParseResult } from "../../config/network-args";
import { formatFinding, listOf, type Finding } from "../../config/problem";
import { componentError } from "../../engine/run-error";

/** A component, and its label in messages. */
export interface Component {
  readonly resource: pulumi.ComponentResource;
  /** The type and name, such as `ClusterNetwork lab`. */
  readonly label: string;
}

/** The findings about a component's arguments. */
export interface Findings<T> {
  /** The findings about the values that are known now. */
  readonly now: ParseResult<T>;
  /** The findings about all values; undefined if all are known now. */
  readonly later?: pulumi.Output<ParseResult<T>>;
}

/** Checked arguments. */
export interface Arguments<T> {
  /** The values that are known now, without those that come from other resources. */
  readonly shape: T;
  /** Selects from all values: returns a plain value if all are known, and an output otherwise. */
  readonly pick: <V>(select: (parsed: T) => V) => pulumi.Input<V>;
}

/**
 * Checks a component's arguments: known values before a child is registered, and the others once they are known.
 *
 * @throws pulumi.ResourceError if there are findings; the error lists all of them
 */
export function checkArguments<T>(component: Component, { now, later }: Findings<T>): Arguments<T> {
  const valueOrThrow = ({ findings, parsed }: ParseResult<T>): T => {
    refuse(component, findings);
    return parsed as T;
  };
  const shape = valueOrThrow(now);
  if (later === undefined) return { shape, pick: (select) => select(shape) };
  const whole = later.apply(valueOrThrow) as pulumi.Output<unknown>;
  return { shape, pick: <V>(select: (parsed: T) => V) => whole.apply((parsed) => select(parsed as T)) as pulumi.Input<V> };
}

/** Refuses arguments that are not an object. A caller in JavaScript can pass anything. @throws pulumi.ResourceError */
export function requireObject(component: Component, args: unknown): void {
  if (isRecord(args)) return;
  const value = isList(args) ? "a list" : isPlain(args) ? String(args) : "an output";
  refuse(component, [{ path: "arguments", value, rule: "not an object", fix: "give the component an object with its arguments" }]);
}

/** @throws pulumi.ResourceError if there are findings */
export function refuse({ resource, label }: Component, findings: readonly Finding[]): void {
  if (findings.length > 0) throw componentError(listOf(`${label} has`, findings.map(formatFinding)), resource);
}

/** Returns the additional findings, except those about a value that already has a finding. */
export const withoutDuplicates = (found: readonly Finding[], more: readonly Finding[]): Finding[] =>
  more.filter(({ path }) => !found.some((earlier) => earlier.path === path));

/** Whether a value is known now, and not the output of another resource. */
export const isPlain = <T>(value: pulumi.Input<T>): value is T => !pulumi.Output.isInstance(value) && !(value instanceof Promise);

/** Returns a known text, or a placeholder for the output of another resource. */
export const textOf = <T extends string | undefined>(value: pulumi.Input<T>): T | "later" => (isPlain(value) ? value : "later");

/** Parses arguments whose pools may have addresses that come from other resources. */
export function findingsWithPools<T>(
  args: object,
  pools: readonly WithAddresses[],
  parse: (args: Record<string, unknown>, isComplete: boolean) => ParseResult<T>,
): Findings<T> {
  // A caller in JavaScript can pass anything; the parser reports it.
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

/** Whether a value is a list. Unlike Array.isArray, it does not narrow the entries' type to `any`. */
export const isList = (value: unknown): boolean => Array.isArray(value);

/** Whether a value is an object, and not a list or the output of another resource. */
export const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !isList(value) && isPlain(value);

/** The part of a pool that may come from another resource. */
interface WithAddresses {
  readonly addresses: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** Whether every entry of a list is known now. */
const isPlainList = (list: WithAddresses["addresses"]): boolean => isPlain(list) && (!isList(list) || list.every(isPlain));
