/** What a new version of a custom resource definition takes from the objects of its kind. */
import type { KubeObject } from "../../cluster/manifests/kube-object";
import type { DefinitionNote } from "./diff";

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

interface Version {
  readonly name: string;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
}

/** Returns what needs attention: definitions, versions and fields that are removed, and fields that are required now. */
export function definitionNotes(from: readonly KubeObject[], to: readonly KubeObject[]): DefinitionNote[] {
  const after = new Map(definitionsIn(to).map((object) => [object.metadata.name, object]));
  return definitionsIn(from).flatMap((before) => {
    const { name } = before.metadata;
    const notesOf = notes(before, after.get(name));
    return notesOf.map((note) => ({ definition: name, note }));
  });
}

const definitionsIn = (objects: readonly KubeObject[]) => objects.filter(({ kind }) => kind === "CustomResourceDefinition");
const versionsOf = ({ spec }: KubeObject) => (spec as { versions?: readonly Version[] } | undefined)?.versions ?? [];

function notes(before: KubeObject, after: KubeObject | undefined): string[] {
  if (after === undefined) return ["is removed, and the cluster deletes every object of its kind with it"];
  const versions = new Map(versionsOf(after).map((version) => [version.name, version]));
  return versionsOf(before).flatMap((version) => versionNotes(version, versions.get(version.name)));
}

function versionNotes(before: Version, after: Version | undefined): string[] {
  const { name } = before;
  if (after === undefined) return [`version ${name} is removed: objects and programs must use another version first`];
  const isServed = ({ served = true }: Version) => served;
  return [
    ...(isServed(before) && !isServed(after) ? [`version ${name} is not served any more: programs must use another version first`] : []),
    ...(before.storage === true && after.storage !== true ? [`version ${name} is not the stored version any more`] : []),
    ...fieldNotes(before.schema?.openAPIV3Schema, after.schema?.openAPIV3Schema, "").map((note) => `${name}: ${note}`),
  ];
}

function fieldNotes(before: Schema = {}, after: Schema = {}, path: string): string[] {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  // Only controllers write the status, each release its own.
  const known = Object.entries(before.properties ?? {}).filter(([key]) => path !== "" || key !== "status");
  const required = (after.required ?? []).filter((key) => !(before.required ?? []).includes(key));
  return [
    ...(before.type !== undefined && after.type !== undefined && before.type !== after.type
      ? [`${path} is of type ${after.type}, and was of type ${before.type}`]
      : []),
    ...required.map((key) => `${at(key)} is required now`),
    ...known.flatMap(([key, schema]) => {
      const next = after.properties?.[key];
      return next === undefined ? [`${at(key)} is removed`] : fieldNotes(schema, next, at(key));
    }),
    ...(before.items !== undefined && after.items !== undefined ? fieldNotes(before.items, after.items, `${path}[]`) : []),
  ];
}
