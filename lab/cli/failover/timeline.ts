/** Draws one failover: the client's requests, the claims of the next hop, and the detection of the failure. */
import type { Claim } from "../../failover/arp";
import type { Sample } from "../../prober/prober";
import { escapeXml } from "../../../report/escape-xml";

/** A failover for the picture. Times are in seconds after the failure of the node. */
export interface Failover {
  readonly title: string;
  readonly requests: ReadonlyArray<readonly [at: number, answered: boolean]>;
  /** Time, node, and whether the claim was gratuitous. */
  readonly claims: ReadonlyArray<readonly [at: number, node: string, gratuitous: boolean]>;
  readonly detected: number | undefined;
}

/** Returns the part of a round that is drawn: from two seconds before the failure to four seconds after the first answer. */
export function failoverOf(
  title: string,
  {
    faultAt,
    samples,
    claims,
    detected,
  }: { faultAt: number; samples: readonly Sample[]; claims: readonly Claim[]; detected: number | undefined },
  nodeOf: (mac: string) => string,
): Failover {
  const since = (at: number): number => Math.round(at - faultAt) / 1000;
  const failed = samples.filter(({ at, error }) => error !== undefined && at > faultAt).map(({ at }) => since(at));
  const gapEnd = firstAnswer(samples.filter(({ error }) => error === undefined).map(({ end }) => since(end))) ?? Math.max(0, ...failed);
  const [from, to] = [-2, gapEnd + 4];
  const isInRange = (at: number): boolean => at >= from && at <= to;
  return {
    title,
    requests: samples.map(({ at, error }) => [since(at), error === undefined] as const).filter(([at]) => isInRange(at)),
    claims: claims.map(({ at, mac, gratuitous }) => [since(at), nodeOf(mac), gratuitous] as const).filter(([at]) => isInRange(at)),
    detected,
  };
}

/** Returns the time of the answer that ended the longest pause. */
function firstAnswer(answers: readonly number[]): number | undefined {
  const sorted = [...answers].sort((one, other) => one - other);
  let [longest, found]: [number, number | undefined] = [0, undefined];
  for (const [index, at] of sorted.entries()) {
    const pause = at - (sorted[index - 1] ?? at);
    if (pause > longest && at > 0) [longest, found] = [pause, at];
  }
  return found;
}

const LEFT = 190;
const WIDTH = 960;
const ROW = 46;
const TOP = 76;

/** Draws a failover: the client's requests in the first row, the claims of each node below, time to the right. */
export function drawFailover({ title, requests, claims, detected }: Failover): string {
  const nodes = [...new Set(claims.map(([, node]) => node))].sort();
  const times = [...requests.map(([at]) => at), ...claims.map(([at]) => at)];
  const [from, to] = [Math.floor(Math.min(...times)), Math.ceil(Math.max(...times))];
  const x = (at: number): string => (LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - 24)).toFixed(1);
  const y = (row: number): number => TOP + row * ROW;
  const height = y(nodes.length + 1) + 66;
  const bottom = y(nodes.length) + 24;
  const seconds = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const answered = requests.filter(([, ok]) => ok).map(([at]) => at);
  const last = Math.max(...answered.filter((at) => at < (requests.find(([, ok]) => !ok)?.[0] ?? 0)));
  const first = firstAnswer(answered);
  const claimedByOther = claims.find(([at, node]) => at > 0 && node !== claims[0]?.[1])?.[0];
  const marks: ReadonlyArray<readonly [at: number | undefined, what: string]> = [
    [last, "last answer"],
    [detected, "failure detected"],
    [claimedByOther, "claimed by another"],
    [first, "first answer"],
  ];
  const known = marks.filter((mark): mark is readonly [number, string] => mark[0] !== undefined && Number.isFinite(mark[0]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" font-family="system-ui, sans-serif">`,
    `<style>.s{fill:#fff}.t{fill:#1f2933;font-size:14px}.q{fill:#52606d;font-size:12px}.l{stroke:#cbd2d9}.o{stroke:#1a7f4b}.f{stroke:#c81e1e}.c{fill:#1d5fa8}.m{stroke:#8a4b00;stroke-dasharray:4 3}.w{fill:#8a4b00;font-size:12px}@media(prefers-color-scheme:dark){.s{fill:#12181f}.t{fill:#e4e7eb}.q{fill:#9aa5b1}.l{stroke:#3e4c59}.o{stroke:#4cc38a}.f{stroke:#ff6b6b}.c{fill:#6cb2ff}.m{stroke:#f0b429}.w{fill:#f0b429}}</style>`,
    `<rect class="s" width="${WIDTH}" height="${height}" rx="14"/>`,
    `<text class="t" x="24" y="34" font-weight="600">${escapeXml(title)}</text>`,
    ...seconds.map(
      (second) =>
        `<path class="l" d="M${x(second)} ${TOP - 18}V${bottom}"/><text class="q" x="${x(second)}" y="${bottom + 18}" text-anchor="middle">${second} s</text>`,
    ),
    `<text class="t" x="24" y="${y(0) + 5}">client's requests</text>`,
    ...requests.map(([at, ok]) => `<path class="${ok ? "o" : "f"}" stroke-width="1.6" d="M${x(at)} ${y(0) - 10}v20"/>`),
    ...nodes.map((node, index) => `<text class="t" x="24" y="${y(index + 1) + 5}">${escapeXml(node)}</text>`),
    ...claims.map(
      ([at, node, gratuitous]) => `<circle class="c" cx="${x(at)}" cy="${y(nodes.indexOf(node) + 1)}" r="${gratuitous ? 5 : 2.5}"/>`,
    ),
    ...known.map(
      ([at, what], index) =>
        `<path class="m" d="M${x(at)} ${TOP - 18}V${bottom + 26}"/><text class="w" x="${x(at)}" y="${bottom + 38 + (index % 2) * 15}" text-anchor="middle">${what} (${at.toFixed(1)} s)</text>`,
    ),
    "</svg>",
    "",
  ].join("\n");
}
