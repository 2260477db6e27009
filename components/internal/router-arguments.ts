import { Command } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";

import { missingPin } from "../../config/host-key";
import { formatFinding, HIDDEN } from "../../config/problem";
import type { ParseResult } from "../../config/network-args";
import type { KnownArgs, RouterTarget } from "../../config/routes-args";
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
import type { RouteCommands } from "../../router/driver";

type Text = pulumi.Input<string> | undefined;

/** The router of a component's arguments. Some values may come from other resources, or are read from a file. */
interface PlainRouter {
  readonly type?: string;
  readonly host: pulumi.Input<string>;
  readonly user?: Text;
  readonly hostKey?: Text;
  readonly privateKey?: Text;
  readonly password?: Text;
  readonly privateKeyFile?: string;
  readonly agent?: boolean;
}

/** The arguments of a component that changes a router. */
interface PlainArguments {
  readonly router: PlainRouter;
  readonly preflight?: object;
}

/** How to check the arguments of a component that changes a router. */
export interface Parsing<Plan> {
  readonly parse: (args: Readonly<Record<string, unknown>>, known?: KnownArgs) => ParseResult<Plan>;
  /** The lists in the arguments, each with the fields of its entries that may come from other resources. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Checked arguments, and the connection for the command. */
export interface RouterArguments<Plan> extends Arguments<Plan> {
  readonly connection: pulumi.Output<Connection>;
}

type Connection = { readonly host: pulumi.Input<string> } & Readonly<Record<string, pulumi.Input<string | number>>>;

/** A plan with a router, without credentials. */
interface WithRouter {
  readonly router: RouterTarget;
}

/** Checks a component's arguments, and reads the private key file. @throws pulumi.ResourceError if there are findings */
export function checkRouterArguments<Plan extends WithRouter>(
  component: Component,
  args: PlainArguments,
  parsing: Parsing<Plan>,
): RouterArguments<Plan> {
  requireObject(component, args);
  // A caller in JavaScript can pass anything; the parser reports it.
  if (!isRecord(args.router)) checkArguments(component, { now: parsing.parse({ ...args }) });
  const { router, preflight } = args;
  const { password, privateKey, privateKeyFile, agent } = router;
  // The check needs only to know which credentials are set, so the values of other resources do not matter.
  const credentials = present({ password: textOf(password), privateKey: textOf(privateKey), privateKeyFile, agent });
  const { login, findings: ofLogin } = loadLogin(typeof privateKeyFile === "object" ? {} : credentials, process.cwd());
  const { now, ...rest } = findingsOf({ ...args, router: { ...router, ...credentials } }, parsing);
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

type Entry = Readonly<Record<string, pulumi.Input<string>>>;

/** Parses the arguments. Host, user, host key and some fields of the lists may come from other resources. */
function findingsOf<Plan>({ router, preflight, ...args }: PlainArguments, { parse, lists }: Parsing<Plan>): Findings<Plan> {
  const { host, user, hostKey } = router;
  const { owner, ...others } = args as Readonly<Record<string, unknown>>;
  const pinOptional = preflight === undefined;
  const given = Object.entries(lists).filter(([name]) => others[name] !== undefined);
  // A caller in JavaScript can pass anything; the parser reports it.
  const entriesOf = (name: string) => (isList(others[name]) ? others[name] : []) as readonly Entry[];
  const open = given.map(([name, fields]) =>
    entriesOf(name).map((one) => (isRecord(one) ? Object.fromEntries(fields.map((field) => [field, one[field]])) : {})),
  );
  const argsWith = (values: object, filled: readonly (readonly object[])[]) => ({
    router: { ...router, ...values },
    ...present({ owner }),
    ...others,
    ...Object.fromEntries(
      given.flatMap(([name], index) =>
        isList(others[name])
          ? [[name, entriesOf(name).map((one, entry) => (isRecord(one) ? { ...one, ...filled[index]?.[entry] } : one))]]
          : [],
      ),
    ),
  });
  if ([host, user, hostKey, ...open.flat().flatMap((one) => Object.values(one))].every(isPlain))
    return { now: parse(argsWith({}, []), { pinOptional }) };
  const known = { host: textOf(host), user: textOf(user), hostKey: plainOf(hostKey) };
  const knownFields = open.map((list) =>
    list.map((one) => Object.fromEntries(Object.entries(one).map(([field, value]) => [field, plainOf(value)]))),
  );
  const isPinKnown = isPlain(host) && hostKey === undefined;
  return {
    now: parse(argsWith(known, knownFields), { isComplete: false, pinOptional: pinOptional && isPinKnown }),
    later: pulumi
      .output({ values: { host, user, hostKey }, fields: open })
      .apply((all) => parse(argsWith(all.values, all.fields as readonly (readonly object[])[]), { pinOptional })),
  };
}

/** Warns if the router's host key is not pinned. */
function warnOfMissingPin({ resource }: Component, { pick }: Arguments<WithRouter>): void {
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

/** What a component's command on the router does. */
interface RouterCommand {
  readonly connection: RouterArguments<unknown>["connection"];
  /** The command lines, which do not depend on the standard input. */
  readonly commands: Pick<RouteCommands, "create" | "update" | "remove">;
  readonly stdin: pulumi.Input<string>;
  /** If one changes, the engine removes what is there before it creates anything. */
  readonly triggers: pulumi.Input<string[]>;
  /** Whether the router differs from what the last run applied. */
  readonly repair: boolean;
  /** Whether the router has what the last run applied, so that recorded triggers of another form stay. @default false */
  readonly isInPlace?: boolean;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
}

/** Registers the command by which a component changes a router. */
export function registerCommand(parent: pulumi.Resource, name: string, given: RouterCommand): void {
  const { connection, commands, stdin, triggers, repair, isInPlace = false, dependsOn } = given;
  const { create, update, remove } = commands;
  new Command(
    name,
    {
      connection,
      create,
      // The provider does not read the router. A new shell comment at the end changes the input, so that the engine runs the update.
      update: repair ? `${update} # repair ${new Date().toISOString()}` : update,
      delete: remove,
      stdin,
      triggers,
      // The router's SSH server accepts no environment variables, and the provider would warn in every update.
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: dependsOn ?? [],
      // Otherwise the delete command of the old resource would run last, and would remove what old and new have in common.
      deleteBeforeReplace: true,
      // The shell comment of the last repair stays in the state and must not cause an update.
      ignoreChanges: [...(repair ? [] : ["update"]), ...(isInPlace ? ["triggers"] : [])],
    },
  );
}
