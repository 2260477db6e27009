/** The chart's post-renderer: rendered objects in, the same in an order that the provider heeds out. Started by the provider, in a process of its own. */
import { parse, stringify } from "yaml";

import { orderInstall, type Rendered } from "../../cluster/manifests/install-order";

/** A document that is not read: most of the text is these, and every preview would wait for it. */
const DEFINITION = /^apiVersion: (\S+)$[^]*^kind: (CustomResourceDefinition)$[^]*^ {2}name: (\S+)$/m;

/** A rendered object, with its text where nothing of it can change. */
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
