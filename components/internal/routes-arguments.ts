import * as pulumi from "@pulumi/pulumi";

import { missingPin } from "../../config/host-key";
import { formatFinding, HIDDEN } from "../../config/problem";
import { parseRoutesArgs, type RoutesPlan } from "../../config/routes-args";
import { loadLogin } from "../../config/stack-loader";
import {
  withoutDuplicates,
  checkArguments,
  isList,
  isPlain,
  isRecord,
  refuse,
  requireObject,
  textOf,
  type Arguments,
  type Component,
  type Findings,
} from "./arguments";
import * as log from "../../engine/log";

type Text = pulumi.Input<string> | undefined;

/** The arguments that may come from other resources, or are read from a file. */
interface PlainArguments {
  readonly router: {
    readonly type?: string;
    readonly host: pulumi.Input<string>;
    readonly user?: Text;
    readonly hostKey?: Text;
    readonly privateKey?: Text;
    readonly password?: Text;
    readonly privateKeyFile?: string;
    readonly agent?: boolean;
  };
  readonly routes: readonly { readonly destination: pulumi.Input<string>; readonly gateway: pulumi.Input<string> }[];
  readonly owner?: string;
  readonly preflight?: object;
}

/** Checked arguments, and the connection for the command. */
export interface RoutesArguments extends Arguments<RoutesPlan> {
  readonly connection: pulumi.Output<Connection>;
}

type Connection = { readonly host: pulumi.Input<string> } & Readonly<Record<string, pulumi.Input<string | number>>>;

/** Checks the arguments of StaticRoutes, and reads the private key file. @throws pulumi.ResourceError if there are findings */
export function checkRoutesArguments(component: Component, args: PlainArguments): RoutesArguments {
  requireObject(component, args);
  // A caller in JavaScript can pass anything; the parser reports it.
  if (!isRecord(args.router)) checkArguments(component, { now: parseRoutesArgs({ ...args }) });
  const { router, preflight } = args;
  const { password, privateKey, privateKeyFile, agent } = router;
  // The check needs only to know which credentials are set, so the values of other resources do not matter.
  const credentials = present({ password: textOf(password), privateKey: textOf(privateKey), privateKeyFile, agent });
  const { login, findings: ofLogin } = loadLogin(typeof privateKeyFile === "object" ? {} : credentials, process.cwd());
  const { now, ...rest } = findingsOf({ ...args, router: { ...router, ...credentials } });
  const checked = checkArguments(component, {
    ...rest,
    now: { ...now, findings: [...now.findings, ...withoutDuplicates(now.findings, ofLogin)] },
  });
  if (preflight === undefined && router.type !== "manual") warnOfMissingPin(component, checked);
  const { user, hostKey } = router;
  const connection = {
    host: checked.pick((plan) => plan.router.host),
    port: checked.pick((plan) => plan.router.port),
    // One attempt only: the router locks out clients after a few failed logins, and the provider would retry a refused login.
    dialErrorLimit: 0,
    ...present({
      user,
      password: notEmpty(component, "router.password", password),
      privateKey: notEmpty(component, "router.privateKey", privateKey) ?? login.privateKey,
      hostKey,
    }),
  };
  return { ...checked, connection: pulumi.secret(connection) as unknown as pulumi.Output<Connection> };
}

/** Parses the arguments. Host, user, host key and the routes' destinations and gateways may come from other resources. */
function findingsOf({ router, routes, owner, preflight, ...unknown }: PlainArguments): Findings<RoutesPlan> {
  const { host, user, hostKey } = router;
  const pinOptional = preflight === undefined;
  const argsWith = (values: object, list: unknown) => ({
    router: { ...router, ...values },
    routes: list,
    ...present({ owner }),
    ...unknown,
  });
  // A caller in JavaScript can pass anything; the parser reports it.
  const list = isList(routes) ? routes : [];
  const endpoints = list.map((route) => (isRecord(route) ? { destination: route.destination, gateway: route.gateway } : {}));
  if ([host, user, hostKey, ...endpoints.flatMap(({ destination, gateway }) => [destination, gateway])].every(isPlain))
    return { now: parseRoutesArgs(argsWith({}, routes), { pinOptional }) };
  const withEndpoints = (known: readonly object[]) => list.map((route, index) => (isRecord(route) ? { ...route, ...known[index] } : route));
  const known = { host: textOf(host), user: textOf(user), hostKey: plainOf(hostKey) };
  const knownEndpoints = endpoints.map(({ destination, gateway }) => ({ destination: plainOf(destination), gateway: plainOf(gateway) }));
  const isPinKnown = isPlain(host) && hostKey === undefined;
  return {
    now: parseRoutesArgs(argsWith(known, withEndpoints(knownEndpoints)), { isComplete: false, pinOptional: pinOptional && isPinKnown }),
    later: pulumi
      .output({ values: { host, user, hostKey }, ends: endpoints })
      .apply((all) => parseRoutesArgs(argsWith(all.values, withEndpoints(all.ends)), { pinOptional })),
  };
}

/** Warns if the router's host key is not pinned. */
function warnOfMissingPin({ resource }: Component, { pick }: Arguments<RoutesPlan>): void {
  pulumi.output(pick((plan) => missingPin(plan.router))).apply((missing) => {
    if (missing !== undefined) log.warn(formatFinding(missing.finding), resource);
  });
}

/** Refuses a secret of another resource that turns out to be empty. The provider would log in without it. */
function notEmpty(component: Component, path: string, secret: Text): Text {
  if (secret === undefined || isPlain(secret)) return secret;
  return pulumi.output(secret).apply((text) => {
    const fix = "check the resource that it comes from";
    if (typeof text !== "string" || text.trim() === "") refuse(component, [{ path, value: HIDDEN, rule: "an empty text", fix }]);
    return text;
  });
}

/** Returns the object without its undefined values. */
const present = (values: object): object => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Returns a value if it is known now, and undefined otherwise. */
const plainOf = <T>(value: pulumi.Input<T> | undefined): T | undefined => (value !== undefined && isPlain(value) ? value : undefined);
