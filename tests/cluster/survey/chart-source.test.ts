import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { ChartNotFound } from "../../../cluster/survey/chart-http";
import { checkChart } from "../../../cluster/survey/chart-source";

/** Returns an index in the format of `helm repo index`. */
const index = (urls: string) => `apiVersion: v1
entries:
  another:
  - apiVersion: v2
    name: another
    urls:
    - another-1.0.0.tgz
    version: 1.0.0
  metallb:
  - apiVersion: v2
    description: |
      entries:
        metallb: none
    name: metallb
    urls:
    - ${urls}
    version: 0.15.3
  - apiVersion: v2
    name: metallb
    urls:
    - metallb-0.14.9.tgz
    version: 0.14.9
generated: "2026-01-01T00:00:00Z"
`;

describe("the chart check", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** Starts a web server with some paths. @returns its address */
  async function serving(
    answers: Record<string, string | number | ((request: IncomingMessage) => [number, string, object?])>,
  ): Promise<string> {
    server = createServer((request, response) => {
      const answer = answers[request.url ?? ""] ?? 404;
      const [status, body, headers] =
        typeof answer === "function" ? answer(request) : typeof answer === "number" ? [answer, ""] : [200, answer];
      response.writeHead(status, { ...headers }).end(body);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const metallb = { version: "0.15.3", chart: "metallb", namespace: "metallb-system", timeout: 300, values: {} };
  const inRepository = (repository: string, version = "0.15.3", chart = "metallb") =>
    checkChart({ ...metallb, repository, version, chart }, "/");
  const refused = async (asked: Promise<string>) => {
    const error: unknown = await asked.then(
      (answer) => assert.fail(`no error, but ${answer}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ChartNotFound, String(error));
    return [error.message, error.fix, error.certain];
  };

  it("finds a chart in a repository, beside the index or at another address", async () => {
    const at = await serving({ "/charts/index.yaml": index("metallb-0.15.3.tgz"), "/charts/metallb-0.15.3.tgz": "..." });
    assert.equal(await inRepository(`${at}/charts`), `metallb 0.15.3 in ${at}/charts`);
    assert.equal(await inRepository(`${at}/charts/`), `metallb 0.15.3 in ${at}/charts/`);
    server?.close();
    const there = await serving({
      "/index.yaml": (request) => [200, index(`http://${request.headers.host}/elsewhere.tgz`)],
      "/elsewhere.tgz": "...",
    });
    assert.equal(await inRepository(there), `metallb 0.15.3 in ${there}`);
  });

  it("reports other versions, a missing chart, and an address that is no repository", async () => {
    const at = await serving({ "/index.yaml": index("metallb-0.15.3.tgz"), "/broken/index.yaml": "<html>" });
    assert.deepEqual(await refused(inRepository(at, "0.15.9")), [
      `${at} has metallb in other versions, such as 0.15.3, 0.14.9`,
      "correct metallb.version",
      true,
    ]);
    assert.deepEqual(await refused(inRepository(at, "1.0.0", "metal")), [`${at} has no chart metal`, "correct metallb.chart", true]);
    assert.deepEqual(await refused(inRepository(`${at}/broken`)), [`${at}/broken has no chart metallb`, "correct metallb.chart", true]);
    const fix = "correct metallb.repository or metallb.chart";
    assert.deepEqual(await refused(inRepository(`${at}/none`)), [`${at}/none/index.yaml answers 404`, fix, true]);
    assert.deepEqual(await refused(inRepository(at)), [`${at}/metallb-0.15.3.tgz answers 404`, fix, true]);
  });

  it("explains a rejected request with a missing Helm login", async () => {
    const at = await serving({ "/index.yaml": 401 });
    assert.deepEqual(await refused(inRepository(at)), [`${at}/index.yaml answers 401`, "log in there with helm", false]);
  });

  it("reports a refused connection and a timeout", async () => {
    const at = await serving({});
    server?.close();
    assert.deepEqual(await refused(inRepository(at)), [`${at} does not answer (ECONNREFUSED)`, "check the connection to it", true]);
    server = createServer(() => undefined);
    await new Promise<void>((resolve) => server?.listen(Number(new URL(at).port), "127.0.0.1", resolve));
    const [printed] = await refused(checkChart({ ...metallb, repository: at }, "/", { limit: 200 }));
    assert.equal(printed, `${at} does not answer (silent for 0.2 s)`);
    server.closeAllConnections();
  });

  it("stops reading an endless index", async () => {
    server = createServer((_request, response) => {
      const more = () => {
        while (response.write("x".repeat(1_000_000)));
        response.once("drain", more);
      };
      more();
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(await refused(inRepository(at)), [`${at} sends more than 32 MB`, "correct metallb.repository", true]);
    server.closeAllConnections();
  });

  it("ignores Pulumi's proxy, and says so", async () => {
    const at = await serving({});
    server?.close();
    const before = process.env["HTTPS_PROXY"];
    process.env["HTTPS_PROXY"] = "http://proxy.example.org";
    try {
      const [, fix, certain] = await refused(inRepository(at));
      assert.deepEqual([fix, certain], ["this check does not use HTTPS_PROXY, which Pulumi's provider uses", false]);
    } finally {
      if (before === undefined) delete process.env["HTTPS_PROXY"];
      else process.env["HTTPS_PROXY"] = before;
    }
  });

  describe("in a registry", () => {
    const manifest = "/v2/metallb/chart/metallb/manifests/0.15.3";
    /** Reads from the registry without TLS, which real registries always have. */
    const inRegistry = (at: string, version = "0.15.3") =>
      checkChart({ ...metallb, chart: "oci://registry.example.org/metallb/chart/metallb", version }, "/", {
        fetch: (address, options) => fetch((address as string).replace("https://registry.example.org", at), options),
      });
    const chart = "oci://registry.example.org/metallb/chart/metallb";

    it("finds it with the registry's anonymous token", async () => {
      const asked: (string | undefined)[] = [];
      const at = await serving({
        [manifest]: ({ headers }) => {
          asked.push(headers.accept);
          if (headers.authorization === "Bearer to-ken") return [200, "{}"];
          const words = 'Bearer realm="https://registry.example.org/auth",service="registry",scope="repository:metallb/chart/metallb:pull"';
          return [401, "", { "www-authenticate": words }];
        },
        "/auth?service=registry&scope=repository%3Ametallb%2Fchart%2Fmetallb%3Apull": '{"token":"to-ken"}',
      });
      assert.equal(await inRegistry(at), `version 0.15.3 at ${chart}`);
      assert.deepEqual([...new Set(asked)], ["application/vnd.oci.image.manifest.v1+json"]);
    });

    it("asks for a token only over https and in the registry's own domain", async () => {
      const asked: string[] = [];
      const realms = [
        "http://registry.example.org/auth",
        "https://elsewhere.example/auth",
        "https://registry.example.org.elsewhere.example/auth",
        "https://127.0.0.1/auth",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "auth",
      ];
      for (const realm of realms) {
        const answer = async (address: unknown) => {
          asked.push(String(address));
          return Promise.resolve(new Response("", { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="a"` } }));
        };
        const [said, , certain] = await refused(checkChart({ ...metallb, chart }, "/", { fetch: answer }));
        assert.match(String(said), /^registry\.example\.org asks for a login at .*, which is not its own$/);
        assert.equal(certain, false);
      }
      assert.deepEqual([...new Set(asked)], [`https://registry.example.org${manifest}`]);
    });

    it("reports a missing version and a required login", async () => {
      const at = await serving({ [manifest]: 401 });
      const fix = "correct metallb.chart or metallb.version";
      assert.deepEqual(await refused(inRegistry(at, "0.15.4")), [`${chart} has no version 0.15.4`, fix, true]);
      assert.deepEqual(await refused(inRegistry(at)), [
        `https://registry.example.org${manifest} answers 401`,
        "log in there with helm",
        false,
      ]);
    });
  });

  it("checks a path relative to the project folder", async () => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), "homelab-network-test-"));
    try {
      fs.mkdirSync(path.join(folder, "metallb"));
      const at = (chart: string) => checkChart({ ...metallb, chart }, folder);
      assert.deepEqual(await refused(at("./metallb")), [`there is no chart at ${folder}/metallb`, "correct metallb.chart", true]);
      fs.writeFileSync(path.join(folder, "metallb", "Chart.yaml"), "name: metallb\nversion: 0.15.3\n");
      assert.equal(await at("./metallb"), `metallb 0.15.3 at ${folder}/metallb`);
      fs.writeFileSync(path.join(folder, "metallb.tgz"), "");
      assert.equal(await at("./metallb.tgz"), `${folder}/metallb.tgz`);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
