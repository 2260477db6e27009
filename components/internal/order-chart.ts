/**
 * The chart's post-renderer: reads rendered objects and writes them in install order. The Kubernetes provider runs it as a process of its
 * own.
 */
import { orderInstall, type Rendered } from "../../cluster/manifests/install-order";

/** A rendered object; `text` is set if the object is copied, with annotations inserted. */
type Document = Rendered & { readonly text?: string };

/** Matches a plain value of a key, with the key's indentation. */
const value = (indent: string, key: string): RegExp => new RegExp(`^${indent}${key}: (["']?)([\\w.:/-]*\\w)\\1[ ]*$`, "m");
const METADATA = /^metadata:[ ]*\n((?:[ ]{2}.*\n?|[ ]*\n)+)/m;

/**
 * Reads what the order depends on from an object's text, by regular expressions: parsing YAML would take most of a preview's time.
 *
 * @returns undefined if the text is not as Helm usually renders it
 */
function scanObject(text: string): Document | undefined {
  const find = (within: string, indent: string, key: string): string | undefined => value(indent, key).exec(within)?.[2];
  const metadata = METADATA.exec(text)?.[1] ?? "";
  const [apiVersion, kind, name] = [find(text, "", "apiVersion"), find(text, "", "kind"), find(metadata, "  ", "name")];
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  const namespace = find(metadata, "  ", "namespace");
  if (namespace === undefined && /^ {2}namespace/m.test(metadata)) return undefined;
  return { text, apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

/** Inserts annotations into an object's text. @returns undefined if the object has one of them, or its annotations are in another style */
function annotated(text: string, annotations: Readonly<Record<string, string>>): string | undefined {
  const metadata = METADATA.exec(text)?.[1] ?? "";
  const lines = Object.entries(annotations).map(([key, content]) => `    ${key}: ${JSON.stringify(content)}\n`);
  if (lines.length === 0) return text;
  if (Object.keys(annotations).some((key) => metadata.includes(key))) return undefined;
  const annotatedTexts = /^ {2}["']?annotations\b.*$/m.exec(metadata)?.[0];
  if (annotatedTexts === undefined)
    return text.replace(METADATA, (block) => block.replace("\n", () => `\n  annotations:\n${lines.join("")}`));
  if (!/^ {2}annotations:[ ]*\n {4}\w/m.test(metadata)) return undefined;
  return text.replace(METADATA, (block) => block.replace(/^ {2}annotations:[ ]*\n/m, () => `  annotations:\n${lines.join("")}`));
}

async function orderText(input: string, timeout: number): Promise<string> {
  const texts = input.split(/^---$/m).filter((text) => /^\s*[^\s#]/m.test(text));
  const order = (documents: readonly Document[]): Document[] => orderInstall(documents, { timeout });
  const scanned = texts.map(scanObject);
  if (scanned.every((document) => document !== undefined)) {
    const annotatedTexts = order(scanned).map(({ text = "", metadata }) => annotated(text, metadata?.annotations ?? {}));
    if (annotatedTexts.every((text) => text !== undefined)) return join(annotatedTexts);
  }
  const { parse, stringify } = await import("yaml");
  // A CRD is copied in any case, because CRDs are most of the text. One whose text cannot be annotated is created with the others' first objects.
  const documents = texts.map((text): Document => {
    const found = scanObject(text);
    return found?.kind === "CustomResourceDefinition" ? found : (parse(text) as Rendered);
  });
  return join(
    order(documents).map(({ text, ...object }) =>
      text === undefined ? stringify(object) : (annotated(text, object.metadata?.annotations ?? {}) ?? text),
    ),
  );
}

const join = (texts: readonly string[]): string =>
  texts.map((text) => `---\n${text.replace(/^\n/, "").replace(/[^\n]$/, "$&\n")}`).join("");

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part: string) => (input += part));
process.stdin.on("end", () => void orderText(input, Number(process.argv[2])).then((text) => process.stdout.write(text)));
