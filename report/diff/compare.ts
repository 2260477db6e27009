import { contentOf, differences, type Difference, type KubeObject } from "../../cluster/manifests/kube-object";
import type { RenderedRoute, RenderedStack } from "../../cluster/manifests/rendered-stack";
import { looksSecret } from "../../config/printable";
import { HIDDEN } from "../../config/problem";
import { definitionNotes } from "./definitions";
import type { Change, Diff, ObjectChange, RouteChange, StackDiff } from "./diff";
import { imageChanges } from "./images";
import { movedAddresses } from "./moved";

/** Compares two versions of the household. */
export function compare(base: readonly RenderedStack[], head: readonly RenderedStack[]): Diff {
  const stacks = pairs(base, head, ({ stack }) => stack).map(([before, after]) => compareStack(before, after));
  return { stacks: stacks.filter(isChanged), moved: movedAddresses(base, head) };
}

const isChanged = ({ change, objects, routes, settings, secrets }: StackDiff) =>
  change !== "changed" || [objects, routes, settings, secrets].some(({ length }) => length > 0);

const nothing = { objects: [], routes: [], settings: {}, secrets: {} };

function compareStack(before: RenderedStack | undefined, after: RenderedStack | undefined): StackDiff {
  const [from, to] = [before ?? nothing, after ?? nothing];
  const change = changeOf(before, after);
  const isBoth = change === "changed";
  return {
    stack: (after ?? before)?.stack ?? "",
    change,
    objects: pairs(from.objects, to.objects, keyOf).flatMap(([one, other]) => compareObject(one, other)),
    routes: pairs(from.routes, to.routes, destinationOf).flatMap(([one, other]) => compareRoute(one, other)),
    images: imageChanges(from.objects, to.objects),
    definitions: isBoth ? definitionNotes(from.objects, to.objects) : [],
    settings: isBoth ? differences(from.settings, to.settings, "", true).map(shown) : [],
    secrets: isBoth ? differences(from.secrets, to.secrets).map(({ path }) => path) : [],
  };
}

const changeOf = (before: unknown, after: unknown): Change =>
  before === undefined ? "added" : after === undefined ? "removed" : "changed";

/** Returns the items of two lists by their key, those of the first list first. */
function pairs<T>(from: readonly T[], to: readonly T[], key: (item: T) => string): [T | undefined, T | undefined][] {
  const [before, after] = [from, to].map((items) => new Map(items.map((item) => [key(item), item])));
  const keys = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...keys].map((one) => [before?.get(one), after?.get(one)]);
}

/** Another version of a kind's API is the same object. */
const keyOf = ({ apiVersion, kind, metadata: { namespace = "", name } }: KubeObject) =>
  [apiVersion.replace(/\/?[^/]*$/, ""), kind, namespace, name].join(" ");

/** MetalLB's own objects and services have the plan in them; of the chart's, the names say enough. */
const isOfPlan = ({ apiVersion, kind }: KubeObject) => apiVersion.startsWith("metallb.io/") || kind === "Service";

function compareObject(before: KubeObject | undefined, after: KubeObject | undefined): ObjectChange[] {
  const one = after ?? before;
  if (one === undefined) return [];
  const { kind, metadata } = one;
  const change = changeOf(before, after);
  const isShown = change === "changed" || isOfPlan(one);
  const found = isShown ? differences(partsOf(before), partsOf(after), "", true).map(shown) : [];
  if (change === "changed" && found.length === 0) return [];
  const { namespace, name } = metadata;
  return [{ change, kind, ...(namespace === undefined ? {} : { namespace }), name, differences: found }];
}

/** Returns the parts of an object that a user sees as its content. */
function partsOf(object: KubeObject | undefined): Readonly<Record<string, unknown>> {
  if (object === undefined) return {};
  const { labels, annotations } = object.metadata;
  return { apiVersion: object.apiVersion, ...(labels && { labels }), ...(annotations && { annotations }), ...contentOf(object) };
}

const destinationOf = ({ router, network, netmask }: RenderedRoute) => `${router} ${network} ${netmask}`;

function compareRoute(before: RenderedRoute | undefined, after: RenderedRoute | undefined): RouteChange[] {
  const one = after ?? before;
  if (one === undefined) return [];
  const change = changeOf(before, after);
  if (before === undefined || after === undefined) return [{ change, ...one }];
  if (before.gateway === after.gateway && before.metric === after.metric) return [];
  return [{ change, ...after, before: { gateway: before.gateway, metric: before.metric } }];
}

/** Hides values that look like a secret: a stack file may have one in plain text. */
function shown({ path, from, to }: Difference): Difference {
  return { path, from: withoutSecrets(from), to: withoutSecrets(to) };
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return looksSecret(value) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
