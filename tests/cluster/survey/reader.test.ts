import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { checkConnection } from "../../../cluster/api/api-client";
import { readCluster } from "../../../cluster/survey/reader";
import { ApiServer, base64, certificateFor, kubeconfigFor, oneMaster, type Answers } from "../../support/api-server";
import { Home } from "../../support/home";

const read = (text: string, folder = "/nowhere") =>
  readCluster({ kubeconfig: { text, folder }, context: "lab-dev", namespace: "metallb-system" });

describe("the reader of a cluster", () => {
  const running: ApiServer[] = [];
  const start = async (...args: Parameters<typeof ApiServer.start>): Promise<ApiServer> => {
    const server = await ApiServer.start(...args);
    running.push(server);
    return server;
  };
  const trusted = (server: ApiServer) => ({ server: server.url, "certificate-authority-data": base64(server.certificate.cert) });
  afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));

  it("reads nodes, services and pools with the user's token, and nothing else", async () => {
    const server = await start(oneMaster);
    assert.deepEqual(await read(kubeconfigFor(trusted(server), { token: "secret" })), {
      nodes: [
        {
          name: "m1",
          addresses: ["192.168.50.11"],
          externalAddresses: ["203.0.113.1"],
          isMaster: true,
          isReady: true,
          labels: { "node-role.kubernetes.io/control-plane": "" },
          taints: [],
          isNetworkUnavailable: false,
        },
        { name: "w1", addresses: [], isMaster: false, isReady: false, labels: {}, taints: [], isNetworkUnavailable: false },
      ],
      services: [
        { name: "web/shop", addresses: ["10.5.0.1"], pool: "lab-dev" },
        { name: "web/blog", addresses: ["10.9.0.1"], pool: "old" },
      ],
      pools: ["lab-dev"],
    });
    assert.deepEqual(server.requests.map(({ method, url }) => `${method} ${url}`).sort(), [
      "GET /api/v1/nodes",
      "GET /api/v1/services",
      "GET /apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools",
    ]);
    assert.deepEqual(new Set(server.requests.map(({ headers }) => headers.authorization)), new Set(["Bearer secret"]));
  });

  it("logs in with a client certificate, inside the kubeconfig or in a file", async () => {
    const client = certificateFor("DNS:admin");
    const server = await start(oneMaster, undefined, client);
    const data = { "client-certificate-data": base64(client.cert), "client-key-data": base64(client.key) };
    assert.deepEqual((await read(kubeconfigFor(trusted(server), data))).pools, ["lab-dev"]);
    const home = new Home();
    try {
      for (const [name, text] of Object.entries({ ...client, ca: server.certificate.cert, token: "from a file\n" })) home.write(name, text);
      const cluster = { server: `${server.url}/`, "certificate-authority": "ca" };
      const user = { "client-certificate": `${home.path}/cert`, "client-key": "key", tokenFile: "token", token: "unused" };
      assert.deepEqual((await read(kubeconfigFor(cluster, user), home.path)).pools, ["lab-dev"]);
      assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer from a file");
    } finally {
      home.remove();
    }
  });

  it("trusts the kubeconfig's authority, with its TLS server name", async () => {
    const server = await start(oneMaster, certificateFor("DNS:kubernetes"));
    const { url } = server;
    const refused = (cluster: object, reason: string) =>
      assert.rejects(read(kubeconfigFor(cluster)), { message: `${url} shows a certificate ${reason}` });
    await refused({ server: url }, "that this machine does not trust (DEPTH_ZERO_SELF_SIGNED_CERT)");
    await refused(trusted(server), "for other names: DNS:kubernetes (ERR_TLS_CERT_ALTNAME_INVALID)");
    assert.equal(server.requests.length, 0);
    await read(kubeconfigFor({ ...trusted(server), "tls-server-name": "kubernetes" }));
    await read(kubeconfigFor({ server: url, "insecure-skip-tls-verify": true }));
  });

  it("keeps the path of the server's address, which a proxy for several clusters needs", async () => {
    const below = Object.fromEntries(Object.entries(oneMaster).map(([path, answer]) => [`/k8s/home${path}`, answer])) as Answers;
    const server = await start(below);
    const cluster = { ...trusted(server), server: `${server.url}/k8s/home/` };
    assert.equal((await read(kubeconfigFor(cluster))).nodes.length, 2);
  });

  it("finds no pools if MetalLB is not installed", async () => {
    const server = await start({ "/api/v1/nodes": [], "/api/v1/services": [] });
    assert.deepEqual(await read(kubeconfigFor(trusted(server))), { nodes: [], services: [], pools: [] });
  });

  it("reports what the server answers instead", async () => {
    const server = await start({ ...oneMaster, "/api/v1/nodes": 403 });
    const refusal = { message: `${server.url} answers 403 to GET /api/v1/nodes` };
    await assert.rejects(read(kubeconfigFor(trusted(server), { token: "secret" })), refusal);
  });

  it("fails on a port without a listener", async () => {
    const server = await start(oneMaster);
    const { url } = server;
    await running.pop()?.stop();
    await assert.rejects(read(kubeconfigFor({ server: url })), { message: `${url} does not answer (ECONNREFUSED)` });
  });

  it("fails on a server that does not respond", async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await assert.rejects(read(kubeconfigFor({ server: url })), {
      message: `${url} accepts connections, but has not answered GET /api/v1/nodes within 5 s`,
    });
    silent.close();
  });

  it("checks the connection alone if no request is needed, with the same error", async () => {
    const server = await start({});
    const url = new URL(server.url);
    await checkConnection({ url });
    assert.equal(server.requests.length, 0);
    await running.pop()?.stop();
    await assert.rejects(checkConnection({ url }), {
      name: "NoResponse",
      message: `${url.origin} does not answer (ECONNREFUSED)`,
    });
  });

  for (const [title, kubeconfig, message] of [
    ["a context without a server", '{"contexts": [{"name": "lab-dev"}]}', "the kubeconfig's context lab-dev has no server"],
    [
      "a certificate that is not there",
      kubeconfigFor({ server: "https://x", "certificate-authority": "ca.crt" }),
      "/nowhere/ca.crt of the kubeconfig cannot be read (ENOENT)",
    ],
    [
      "a server that is no URL",
      kubeconfigFor({ server: "127.0.0.1:6443" }),
      "the server of the kubeconfig's context lab-dev is not a URL such as https://192.168.50.11:6443",
    ],
    [
      "a proxy that is no URL",
      kubeconfigFor({ server: "https://x", "proxy-url": "user:pass@proxy" }),
      "the proxy-url of the kubeconfig's context lab-dev is not the URL of a proxy",
    ],
  ] as const) {
    it(`sends no request with ${title}`, () => assert.rejects(read(kubeconfig), { name: "NoResponse", message }));
  }
});
