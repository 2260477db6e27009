import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";

import { checkChart } from "../../../cluster/survey/chart-source";
import { chartArchive, checkPinnedChart, pinChart } from "../../../cluster/survey/pinned-chart";
import { Home } from "../../support/home";

const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** An answer: a content, a status, or a function. */
type Answer = string | number | ((authorization: string | undefined) => readonly [status: number, body: string, headers?: object]);

describe("a chart with a digest", () => {
  let home: Home;
  let server: Server | undefined;
  let asked: string[] = [];
  let answers: Record<string, Answer> = {};
  let port = 0;
  const before = process.env["HOMELAB_CACHE"];

  beforeEach(async () => {
    home = new Home();
    process.env["HOMELAB_CACHE"] = path.join(home.path, "cache");
    asked = [];
    server = createServer((request, response) => {
      const key = `${request.headers.host}${request.url}`;
      asked.push(key);
      const answer = answers[key] ?? 404;
      const [status, body, headers] =
        typeof answer === "function" ? answer(request.headers.authorization) : typeof answer === "number" ? [answer, ""] : [200, answer];
      response.writeHead(status, { ...headers }).end(body);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    home.remove();
    if (before === undefined) delete process.env["HOMELAB_CACHE"];
    else process.env["HOMELAB_CACHE"] = before;
  });

  /** Leads each https:// host to the server on loopback, which has no certificate. */
  const http = {
    fetch: (async (address: string, options?: RequestInit) => {
      const { protocol, host, pathname, search } = new URL(address);
      assert.equal(protocol, "https:", `${address} was requested`);
      return fetch(`http://127.0.0.1:${port}/${host}${pathname}${search}`, options);
    }) as typeof fetch,
  };
  const serve = (all: Record<string, Answer>) => {
    answers = Object.fromEntries(Object.entries(all).map(([address, answer]) => [`127.0.0.1:${port}/${address}`, answer]));
  };

  const content = "the archive of MetalLB";
  const plan = {
    version: "0.16.2",
    chart: "metallb",
    repository: "https://charts.example.org",
    digest: digestOf(content),
    namespace: "metallb-system",
    timeout: 300,
    values: {},
  };
  const index = (url = "metallb-0.16.2.tgz", version = "0.16.2") =>
    `entries:\n  metallb:\n  - version: ${version}\n    digest: ${digestOf(content).slice(7)}\n    urls:\n    - ${url}\n`;
  const inRepository = (archive: Answer = content) =>
    serve({ "charts.example.org/index.yaml": index(), "charts.example.org/metallb-0.16.2.tgz": archive });

  const pathOf = async (changes: object = {}) => {
    const { path: file, finding } = await pinChart({ ...plan, ...changes }, home.path, http);
    assert.ok(file !== undefined, JSON.stringify(finding));
    return file;
  };
  const refused = async (changes: object = {}) => {
    const { finding } = await pinChart({ ...plan, ...changes }, home.path, http);
    assert.equal(finding?.path, "metallb.digest");
    assert.equal(finding.value, JSON.stringify({ ...plan, ...changes }.digest));
    return [finding.rule, finding.fix];
  };
  const isNew =
    "if you expect another archive, such as after a change of metallb.version, set metallb.digest to its digest; otherwise do not deploy it";
  const isOther = (digest: string) => `has the digest ${digest}, which is not the one of metallb.digest`;

  it("is downloaded once, for its owner only", async () => {
    inRepository();
    const file = await pathOf();
    assert.equal(fs.readFileSync(file, "utf8"), content);
    assert.deepEqual([fs.statSync(file).mode & 0o777, fs.statSync(path.dirname(file)).mode & 0o777], [0o600, 0o700]);
    assert.deepEqual(asked.length, 2);
    serve({});
    assert.equal(await pathOf(), file);
    assert.equal(asked.length, 2);
  });

  it("is refused with another digest, and is not kept", async () => {
    inRepository("replaced");
    const why = `metallb 0.16.2 in https://charts.example.org ${isOther(digestOf("replaced"))}`;
    assert.deepEqual(await refused(), [why, isNew]);
    assert.equal(fs.existsSync(path.join(home.path, "cache")), false);
    await assert.rejects(checkPinnedChart(plan, home.path, http), { message: why, fix: isNew, certain: true });
  });

  it("is downloaded again if the kept archive was changed", async () => {
    inRepository();
    const file = await pathOf();
    fs.writeFileSync(file, "changed");
    assert.equal(await pathOf(), file);
    assert.equal(fs.readFileSync(file, "utf8"), content);
    fs.writeFileSync(file, "changed");
    inRepository("replaced");
    assert.deepEqual((await refused())[1], isNew);
  });

  describe("for the diff of a pull request", () => {
    const withoutDigest = { ...plan, digest: undefined } as unknown as typeof plan;

    it("is found by the digest that its source publishes, and is kept", async () => {
      inRepository();
      const file = await chartArchive(withoutDigest, home.path, http);
      assert.equal(file, await pathOf());
      inRepository("replaced");
      assert.equal(await chartArchive(withoutDigest, home.path, http), file);
      assert.equal(fs.readFileSync(file ?? "", "utf8"), content);
    });

    it("is refused if the source sends another archive than it publishes", async () => {
      inRepository("replaced");
      await assert.rejects(chartArchive(withoutDigest, home.path, http), { name: "ChartNotFound", message: /has the digest/ });
    });

    it("is left to helm if its source needs a login or publishes no digest", async () => {
      serve({ "charts.example.org/index.yaml": 401 });
      assert.equal(await chartArchive(withoutDigest, home.path, http), undefined);
      serve({ "charts.example.org/index.yaml": index().replace(/digest: .*/, "name: metallb") });
      assert.equal(await chartArchive(withoutDigest, home.path, http), undefined);
    });

    it("is the file or folder at a path", async () => {
      const chart = { ...withoutDigest, chart: "./chart", repository: undefined } as unknown as typeof plan;
      assert.equal(await chartArchive(chart, home.path, http), path.join(home.path, "chart"));
    });
  });

  it("is not the kept one of another version", async () => {
    inRepository();
    await pathOf();
    serve({ "charts.example.org/index.yaml": index("new.tgz", "0.16.3"), "charts.example.org/new.tgz": "new" });
    assert.deepEqual(await refused({ version: "0.16.3" }), [
      `metallb 0.16.3 in https://charts.example.org ${isOther(digestOf("new"))}`,
      isNew,
    ]);
  });

  it("is an archive at a path, which is read each time", async () => {
    const chart = "./metallb.tgz";
    const at = path.join(home.path, "metallb.tgz");
    const ofPath = { chart, repository: undefined };
    assert.deepEqual(await refused(ofPath), [`there is no chart at ${at}`, "correct metallb.chart"]);
    fs.mkdirSync(at);
    assert.deepEqual(await refused(ofPath), [`${at} cannot be read: it is a folder`, "rename or remove the folder, or name a file"]);
    fs.rmdirSync(at);
    fs.writeFileSync(at, content);
    const kept = await pathOf(ofPath);
    assert.notEqual(kept, at);
    assert.equal(fs.readFileSync(kept, "utf8"), content);
    fs.writeFileSync(at, "changed");
    assert.deepEqual(await refused(ofPath), [`${at} ${isOther(digestOf("changed"))}`, isNew]);
  });

  it("is the layer of an OCI image, and the token does not leave the registry", async () => {
    const chart = "oci://registry.example.org/metallb";
    const manifest = (mediaType: string) => JSON.stringify({ layers: [{ mediaType, digest: digestOf(content) }] });
    const withToken =
      (body: string, headers = {}, status = 200) =>
      (authorization?: string) =>
        authorization === "Bearer to-ken"
          ? ([status, body, headers] as const)
          : ([401, "", { "www-authenticate": 'Bearer realm="https://registry.example.org/auth",service="a"' }] as const);
    const blob = `registry.example.org/v2/metallb/blobs/${digestOf(content)}`;
    const registry = (mediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive = content) =>
      serve({
        "registry.example.org/v2/metallb/manifests/0.16.2": withToken(manifest(mediaType)),
        "registry.example.org/auth?service=a": '{"token":"to-ken"}',
        [blob]: withToken("", { location: "https://cdn.example.org/blob?signed" }, 302),
        "cdn.example.org/blob?signed": (authorization) => (authorization === undefined ? [200, archive] : [400, ""]),
      });
    const ofImage = { chart, repository: undefined };
    const unpinned = { version: plan.version, chart, namespace: plan.namespace, timeout: plan.timeout, values: {} };
    registry();
    assert.equal(await checkChart(unpinned, home.path, http), `version 0.16.2 at ${chart}, digest ${plan.digest}`);
    registry(undefined, "replaced");
    assert.deepEqual(await refused(ofImage), [`version 0.16.2 at ${chart} ${isOther(digestOf("replaced"))}`, isNew]);
    registry();
    assert.equal(fs.readFileSync(await pathOf(ofImage), "utf8"), content);
    fs.rmSync(path.join(home.path, "cache"), { recursive: true });
    registry("application/vnd.oci.image.layer.v1.tar");
    const noChart = `version 0.16.2 at ${chart} is no Helm chart: its manifest has no layer with one`;
    assert.deepEqual(await refused(ofImage), [noChart, "correct metallb.chart"]);
  });

  it("is refused if it is too large", async () => {
    inRepository("x".repeat(16 * 1024 * 1024 + 1));
    assert.deepEqual(await refused(), ["https://charts.example.org/metallb-0.16.2.tgz sends more than 16 MB", "correct metallb.chart"]);
  });

  it("is refused at an address without https, or one that needs a login", async () => {
    const fix =
      "metallb.digest needs a chart that is downloaded without login and proxy: " +
      "get it with helm pull, and set metallb.chart to the path of the .tgz file";
    const from = "https://charts.example.org/metallb-0.16.2.tgz";
    inRepository(() => [302, "", { location: "http://elsewhere.example/metallb.tgz" }]);
    assert.deepEqual(await refused(), [`${from} leads to http://elsewhere.example, which is not https`, fix]);
    serve({ "charts.example.org/index.yaml": index("http://elsewhere.example/metallb.tgz") });
    assert.deepEqual(await refused(), ["https://charts.example.org/ leads to http://elsewhere.example, which is not https", fix]);
    inRepository(401);
    assert.deepEqual(await refused(), [`${from} answers 401`, fix]);
  });

  it("follows five redirects and no more", async () => {
    const hop =
      (left: number): Answer =>
      () =>
        left === 0 ? [200, content] : [302, "", { location: `/${left - 1}` }];
    const hops = Object.fromEntries([0, 1, 2, 3, 4, 5].map((left) => [`charts.example.org/${left}`, hop(left)]));
    serve({ ...hops, "charts.example.org/index.yaml": index("5") });
    await pathOf();
    fs.rmSync(path.join(home.path, "cache"), { recursive: true });
    serve({ ...hops, "charts.example.org/6": hop(6), "charts.example.org/index.yaml": index("6") });
    assert.equal((await refused())[0], "https://charts.example.org/6 answers 302");
  });

  it("is checked by doctor, which prints the published digest if there is none in the stack file", async () => {
    inRepository();
    const where = "metallb 0.16.2 in https://charts.example.org";
    assert.equal(await checkPinnedChart(plan, home.path, http), `${where}, with the digest of metallb.digest`);
    assert.equal(fs.existsSync(path.join(home.path, "cache")), false, "doctor writes nothing");
    const { digest, ...unpinned } = plan;
    assert.equal(await checkChart(unpinned, home.path, http), `${where}, digest ${digest}`);
  });
});
