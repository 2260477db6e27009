import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { ciDiff } from "../../../cli/ci-diff";
import { diffSummary } from "../../../cli/ci/diff-summary";
import { GitHub } from "../../../cli/ci/github";
import { compare } from "../../../report/diff/compare";
import { GitHubApi } from "../../support/github";
import { renderedStack, workload } from "../../support/rendered";
import { devConfig, stackConfig } from "../../support/stack-files";
import { printedBy } from "../project";

const commit = "0123456789abcdef0123456789abcdef01234567";
const comments = "/issues/7/comments";
const version = (tag: string) => workload(`quay.io/metallb/controller:${tag}`, tag);
const diff = compare(
  [renderedStack(devConfig(), { chart: [version("v1"), { ...version("v1"), kind: "ServiceAccount", spec: {} }] })],
  [
    renderedStack(devConfig({ "pools[0].addresses": ["10.5.0.0/25"], "router.metric": 3 }), {
      chart: [version("v2"), { ...version("v2"), kind: "ServiceAccount", spec: {} }],
    }),
  ],
);

describe("the comment about a pull request", () => {
  let api: GitHubApi;
  let folder: string;
  beforeEach(async () => {
    api = await GitHubApi.start();
    api.objects["/pulls"] = [
      { number: 6, head: { sha: "another" } },
      { number: 7, head: { sha: commit } },
    ];
    folder = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));
  });
  afterEach(() => {
    api.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const post = (content: string, options: { commit?: string } = {}) => {
    const file = path.join(folder, "diff.json");
    fs.writeFileSync(file, content);
    return printedBy(() => ciDiff(file, { commit, head: "guest:more", ...options }, new GitHub(api.environment)));
  };
  const posted = () => api.lists[comments]?.map(({ body }) => body) ?? [];

  it("has what differs, each stack under its heading", async () => {
    assert.equal(await post(JSON.stringify(diff)), "Posted the comment on pull request 7.");
    const [body = ""] = posted();
    assert.equal(
      body,
      `<!-- homelab-network: diff -->

### \`lab-dev\`: 3 objects changed; 1 route added, 1 removed; 1 setting changed

| image | from | to |
| --- | --- | --- |
| \`quay.io/metallb/controller\` | \`v1\` | \`v2\` |

|  | Network/Host IP | Netmask | Gateway | Metric | Router |
| --- | --- | --- | --- | --- | --- |
| \`-\` | \`10.5.0.0\` | \`255.255.255.0\` | \`192.168.50.11\` | \`0\` | \`192.168.50.1\` |
| \`+\` | \`10.5.0.0\` | \`255.255.255.128\` | \`192.168.50.11\` | \`3\` | \`192.168.50.1\` |

|  | object |
| --- | --- |
| \`~\` | \`IPAddressPool metallb-system/lab-dev\` |
| \`~\` | \`Deployment metallb-system/metallb-controller\` |

<details><summary><code>only the chart's version and descriptions</code></summary>

\`\`\`diff
ServiceAccount metallb-system/metallb-controller
\`\`\`

</details>

<details><summary><code>IPAddressPool metallb-system/lab-dev</code></summary>

\`\`\`diff
spec.addresses:
- "10.5.0.0/24"
+ "10.5.0.0/25"
\`\`\`

</details>

<details><summary><code>Deployment metallb-system/metallb-controller</code></summary>

\`\`\`diff
spec.template.spec.containers[controller].image:
- "quay.io/metallb/controller:v1"
+ "quay.io/metallb/controller:v2"
\`\`\`

</details>

<details><summary><code>settings</code></summary>

\`\`\`diff
router.metric:
- 0
+ 3
\`\`\`

</details>

\`homelab diff\` of commit \`${commit}\`, rendered without cluster, router and secrets. \`pulumi preview\` compares with them.
`,
    );
  });

  it("is updated by the next commit, and says if nothing differs or the diff failed", async () => {
    await post(JSON.stringify(diff));
    assert.equal(await post(JSON.stringify(compare([], []))), "Updated the comment on pull request 7.");
    assert.match(posted()[0] ?? "", /^<!-- homelab-network: diff -->\n\nNothing differs: no object, no route and no setting\.\n/);
    await post("");
    assert.match(
      posted()[0] ?? "",
      /^<!-- homelab-network: diff -->\n\n`homelab diff` of commit `0123\w+` failed: the log of its job says why\.\n$/,
    );
    assert.equal(posted().length, 1);
  });

  it("names addresses that change hands first", () => {
    const at = (stack: string, addresses: string) =>
      renderedStack({ ...stackConfig(stack), pools: [{ name: stack, addresses: [addresses] }] }, { stack });
    const moved = compare([at("lab-dev", "10.5.0.0/24")], [at("lab-prod", "10.5.0.0/24")]);
    assert.match(
      diffSummary(moved),
      /^<!-- homelab-network: diff -->\n\n- \*\*Addresses change hands\*\*: `10\.5\.0\.0\/24 goes from pool lab-dev of lab-dev to pool lab-prod of lab-prod: deploy lab-dev first`\n\n###/,
    );
  });

  it("names no order for stacks that exchange addresses", () => {
    const [dev, prod] = ["lab-dev", "lab-prod"].map((stack) => ({ stack, pool: "main" }));
    assert.ok(dev !== undefined && prod !== undefined);
    const text = diffSummary({
      stacks: [],
      moved: [
        { addresses: "10.5.0.0/24", from: dev, to: prod },
        { addresses: "10.6.0.0/24", from: prod, to: dev },
      ],
    });
    assert.match(
      text,
      /to pool main of lab-prod: deploy lab-dev without it before this edit`\n.*: deploy lab-prod without it before this edit`\n/,
    );
  });

  it("is not posted for a commit that is not the newest one of an open pull request", async () => {
    assert.equal(
      await post(JSON.stringify(diff), { commit: "older" }),
      "No open pull request from guest:more has commit older: a newer commit has its own comment.",
    );
    assert.deepEqual(api.changes, []);
  });

  it("is not posted from a file in another form, whatever the code of the pull request wrote", async () => {
    const changed = (change: (one: Record<string, unknown>) => void) => {
      const copy = JSON.parse(JSON.stringify(diff)) as { stacks: Record<string, unknown>[] };
      change(copy.stacks[0] ?? {});
      return JSON.stringify(copy);
    };
    for (const content of [
      "[]",
      "no JSON",
      changed((stack) => (stack["stack"] = "@guest look")),
      changed((stack) => (stack["stack"] = "a`b")),
      changed((stack) => (stack["objects"] = [{ change: "added", kind: "<img src=x>", name: "a", differences: [] }])),
      changed((stack) => (stack["routes"] = [{ change: "added", router: "[a](b)", network: "1", netmask: "1", gateway: "1", metric: 0 }])),
      changed((stack) => (stack["more"] = true)),
      changed((stack) => (stack["secrets"] = Array.from({ length: 2000 }, () => "a"))),
    ])
      await assert.rejects(post(content), { name: "UserError", message: /^The result of homelab diff is / }, content.slice(0, 80));
    await assert.rejects(post(" ".repeat(2 ** 20 + 1)), {
      name: "UserError",
      message: /is not a file, or is larger than a result of homelab diff/,
    });
    assert.deepEqual(api.changes, []);
  });

  it("shows values as code, whatever is in them", async () => {
    const evil = "```\n# @guest <img src=x> [a](b) ::error::";
    const copy = JSON.parse(JSON.stringify(diff)) as { stacks: { objects: object[] }[] };
    copy.stacks[0]?.objects.push({ change: "changed", kind: "ConfigMap", name: "a", differences: [{ path: `spec.${evil}`, to: evil }] });
    await post(JSON.stringify(copy));
    const [body = ""] = posted();
    const [, inside = ""] = /<code>ConfigMap a<\/code><\/summary>\n\n(````diff\n[^]*?\n````)\n/.exec(body) ?? [];
    assert.match(inside, /@guest/);
    assert.doesNotMatch(body.replace(inside, ""), /guest|<img/);
  });

  it("stays shorter than GitHub's limit, and says that parts are missing", () => {
    const pools = Array.from({ length: 200 }, (_, index) => ({ name: `pool-${index}`, addresses: [`10.9.${index}.0/24`], route: false }));
    const text = diffSummary(compare([renderedStack()], [renderedStack(devConfig({ pools }))]));
    assert.ok(text.length < 60_000, `${text.length}`);
    assert.match(text, /\n\n\d+ parts are too long for a comment: run `homelab diff`\.\n/);
  });

  it("leaves out a part that is too long, and keeps those after it", () => {
    const [stack] = diff.stacks;
    assert.ok(stack !== undefined);
    const name = "a".repeat(60);
    const objects = Array.from({ length: 1000 }, () => ({ change: "removed" as const, kind: "ConfigMap", name, differences: [] }));
    const large = { ...stack, stack: "lab-large", objects };
    const text = diffSummary({ stacks: [large, { ...stack, stack: "lab-prod" }], moved: [] });
    assert.match(text, /^### `lab-prod`/m);
    assert.match(text, /\n\n1 parts? (is|are) too long for a comment/);
  });
});
