/**
 * The chart's post-renderer: reads rendered objects and writes them in install order. The Kubernetes provider runs it as a process of its
 * own.
 */
import { parse, stringify } from "yaml";

import { orderInstall, type Rendered } from "../../cluster/manifests/install-order";

/** Matches a CRD, which is copied without parsing: CRDs are most of the text, and parsing them would slow down every preview. */
const DEFINITION = /^apiVersion: (\S+)$[^]*^kind: (CustomResourceDefinition)$[^]*^ {2}name: (\S+)$/m;

/** A rendered object; `text` is set if the object is copied unchanged. */
type Document = Rendered & { readonly text?: string };

function read(text: string): Document[] {
  const [, apiVersion = "", kind, name = ""] = DEFINITION.exec(text) ?? [];
  if (kind !== undefined) return [{ text, apiVersion, kind, metadata: { name } }];
  return [parse(text) as Rendered | null].flatMap((object) => object ?? []);
}

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part: string) => (input += part));
process.stdin.on("end", () => {
  const objects = input.split(/^---$/m).flatMap(read);
  process.stdout.write(
    orderInstall(objects, { timeout: Number(process.argv[2]) })
      .map((object) => `---\n${object.text ?? stringify(object)}\n`)
      .join(""),
  );
});
