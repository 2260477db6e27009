/** Formats the differences for a terminal. */
import { idOf } from "../../cluster/manifests/kube-object";
import { forTerminal } from "../table";
import type { Change, Diff, MovedAddresses, ObjectChange, RouteChange, StackDiff } from "./diff";
import { isEmpty } from "./diff";
import { differenceLines, isOfRelease } from "./lines";

/** The sign of a change, as in a diff. */
export const sign: Readonly<Record<Change, string>> = { added: "+", removed: "-", changed: "~" };

/** What is shown if the base has a problem. */
export const AS_ADDED = "What cannot be read or rendered in the base is shown as added.";

/** Returns the differences as text. */
export function diffText(diff: Diff): string {
  const problem = diff.baseProblem === undefined ? [] : [`${AS_ADDED}\n${diff.baseProblem}`];
  if (isEmpty(diff)) return "Nothing differs: no object, no route and no setting.";
  const moved = diff.moved.length === 0 ? [] : [`Addresses that change hands:\n${indented(diff.moved.map(movedText))}`];
  return [...problem, ...diff.stacks.map(stackText), ...moved].join("\n\n");
}

/** Formats addresses that change hands, with the order in which to deploy. No order fits two stacks that exchange addresses. */
export const movedText = ({ addresses, from, to }: MovedAddresses, _: number, all: readonly MovedAddresses[]): string => {
  const isExchange = all.some((other) => other.from.stack === to.stack && other.to.stack === from.stack);
  const order = isExchange ? `deploy ${from.stack} without it before this edit` : `deploy ${from.stack} first`;
  return `${addresses} goes from pool ${from.pool} of ${from.stack} to pool ${to.pool} of ${to.stack}: ${order}`;
};

/** Formats an object's name as `IPAddressPool metallb-system/lab-dev`. */
export const objectName = ({ kind, namespace, name }: ObjectChange): string =>
  idOf({ kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });

/** Returns a heading such as `lab-dev: 1 object added, 2 changed; 1 route changed`. */
export function headline({ change, objects, routes, settings, secrets }: StackDiff): string {
  const changes = [counted("object", objects), counted("route", routes)].filter((text) => text !== "");
  const others = settings.length + secrets.length;
  if (others > 0) changes.push(`${others} ${others === 1 ? "setting" : "settings"} changed`);
  return `${change === "changed" ? "" : `stack ${change}: `}${changes.join("; ")}`;
}

function counted(what: string, items: readonly { readonly change: Change }[]): string {
  const counts = (["added", "removed", "changed"] as const).flatMap((change) => {
    const { length } = items.filter((item) => item.change === change);
    return length === 0 ? [] : [{ change, length }];
  });
  const [first] = counts;
  if (first === undefined) return "";
  return counts
    .map(({ change, length }, index) => (index > 0 ? `${length} ${change}` : `${length} ${what}${length === 1 ? "" : "s"} ${change}`))
    .join(", ");
}

/** Returns the cells of a route: sign, destination, netmask, gateway, metric, router. */
export function routeCells({ change, network, netmask, gateway, metric, router, before }: RouteChange): string[] {
  const both = (from: string | number | undefined, to: string | number) =>
    from === undefined || from === to ? String(to) : `${from} -> ${to}`;
  return [sign[change], network, netmask, both(before?.gateway, gateway), both(before?.metric, metric), router];
}

/** The header of a table of routes, as on the router's form. */
export const ROUTE_HEADER = ["", "Network/Host IP", "Netmask", "Gateway", "Metric", "Router"];

function stackText(stack: StackDiff): string {
  const { objects, routes, images, definitions, settings, secrets } = stack;
  const [ofRelease, own] = [objects.filter((one) => isOfRelease(one.differences)), objects.filter((one) => !isOfRelease(one.differences))];
  const parts = [
    own.flatMap((one) => [`${sign[one.change]} ${objectName(one)}`, ...differenceLines(one.differences).map((line) => `    ${line}`)]),
    routes.length === 0 ? [] : forTerminal({ header: ROUTE_HEADER, lines: routes.map(routeCells) }).split("\n"),
    ofRelease.length === 0 ? [] : [`~ only the chart's version and descriptions: ${ofRelease.map(objectName).join(", ")}`],
    images.map(({ image, from, to }) => `image ${image}: ${versions(from)} -> ${versions(to)}`),
    settings.length === 0 ? [] : ["settings", ...differenceLines(settings).map((line) => `    ${line}`)],
    secrets.map(secretText),
    definitions.map(({ definition, note }) => `attention: ${definition}: ${note}`),
  ];
  return `${stack.stack}: ${headline(stack)}\n${parts
    .filter((part) => part.length > 0)
    .map(indented)
    .join("\n\n")}`;
}

/** Formats a list of tags or digests. */
export const versions = (tags: readonly string[]): string => tags.join(", ") || "not used";

/** Formats the place of a secret that is another one now. */
export const secretText = (path: string): string => `${path}: the secret is another one, and it is not shown what it changes`;

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`.trimEnd()).join("\n");
