/** Formats the differences between two versions of the household as Markdown for a comment. */
import { onOneLine, shortened } from "../../config/printable";
import type { Diff, StackDiff } from "../../report/diff/diff";
import { isEmpty } from "../../report/diff/diff";
import { differenceLines, isOfRelease } from "../../report/diff/lines";
import { escapeXml } from "../../report/escape-xml";
import { AS_ADDED, headline, movedText, objectName, ROUTE_HEADER, routeCells, secretText, sign, versions } from "../../report/diff/text";
import { block, code, marker, table } from "./markdown";

/** GitHub limits a comment to 65536 characters. */
const MOST_TEXT = 50_000;

/** The marker of the one comment about a pull request. */
export const DIFF_MARKER = marker("diff");

/** Returns the differences as Markdown. The first line is the marker. */
export function diffSummary(diff: Diff, commit?: string): string {
  const of = commit === undefined ? "" : ` of commit ${code(commit)}`;
  const last = `\`homelab diff\`${of}, rendered without cluster, router and secrets. \`pulumi preview\` compares with them.`;
  const parts = [
    ...(diff.baseProblem === undefined ? [] : [`${AS_ADDED}\n\n${block(shortened(diff.baseProblem, 5000))}`]),
    ...(isEmpty(diff) ? ["Nothing differs: no object, no route and no setting."] : []),
    ...(diff.moved.length === 0 ? [] : [list(diff.moved.map(movedText).map((text) => `**Addresses change hands**: ${code(text)}`))]),
    ...diff.stacks.flatMap(stackParts),
  ];
  return `${[DIFF_MARKER, ...upTo(MOST_TEXT, parts), last].join("\n\n")}\n`;
}

/** Returns the parts that fit, and how many do not. */
function upTo(most: number, parts: readonly string[]): string[] {
  let length = 0;
  const fit = parts.filter((part) => {
    const fits = length + part.length <= most;
    if (fits) length += part.length;
    return fits;
  });
  const left = parts.length - fit.length;
  return left === 0 ? fit : [...fit, `${left} ${left === 1 ? "part is" : "parts are"} too long for a comment: run \`homelab diff\`.`];
}

function stackParts(stack: StackDiff): string[] {
  const { objects, routes, images, definitions, settings, secrets } = stack;
  const fields = objects.filter(({ differences }) => differences.length > 0 && !isOfRelease(differences));
  const [ofRelease, own] = [objects.filter((one) => isOfRelease(one.differences)), objects.filter((one) => !isOfRelease(one.differences))];
  const others = [...differenceLines(settings), ...secrets.map(secretText)];
  return [
    `### ${code(stack.stack)}: ${headline(stack)}`,
    ...(definitions.length === 0
      ? []
      : [list(definitions.map(({ definition, note }) => `**Attention**: ${code(definition)}: ${code(note)}`))]),
    ...(images.length === 0
      ? []
      : [
          table(
            ["image", "from", "to"],
            images.map(({ image, from, to }) => [image, versions(from), versions(to)].map(code)),
          ),
        ]),
    ...(routes.length === 0
      ? []
      : [
          table(
            ROUTE_HEADER,
            routes.map((route) => routeCells(route).map(cell)),
          ),
        ]),
    ...(own.length === 0
      ? []
      : [
          table(
            ["", "object"],
            own.map((one) => [code(sign[one.change]), code(objectName(one))]),
          ),
        ]),
    ...(ofRelease.length === 0 ? [] : [details("only the chart's version and descriptions", ofRelease.map(objectName))]),
    ...fields.map((one) => details(objectName(one), differenceLines(one.differences))),
    ...(others.length === 0 ? [] : [details("settings", others)]),
  ];
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
const cell = (text: string): string => (text === "" ? "" : code(text));

/** Returns a part that a reader opens with a click. */
const details = (title: string, lines: readonly string[]): string =>
  `<details><summary><code>${escapeXml(onOneLine(title))}</code></summary>\n\n${block(lines.join("\n"), "diff")}\n\n</details>`;
