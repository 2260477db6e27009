import assert from "node:assert/strict";
import { createServer as createPlain } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { list, read } from "../../../cluster/api/api-client";
import { statusError, connectionError } from "../../../cluster/api/causes";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { fixFor, reasonAndFix } from "../../../cluster/api/no-response";
import { readIdentity } from "../../../cluster/survey/identity";
import { ApiServer, base64, certificateFor, kubeconfigFor } from "../../support/api-server";

const url = new URL("https://192.168.50.11:6443");
const CORRECT = "correct cluster.kubeconfig and cluster.context";
const RENEW = "renew the credentials of the kubeconfig's user: its token or client certificate is wrong or has expired";
const ANOTHER = `another program may use this address: ${CORRECT}`;

/** Returns the reason and the fix for a code, without the server's address. */
const printedOf = (code: string, more: object = {}) =>
  reasonAndFix(connectionError({ url, ...more }, Object.assign(new Error(), { code }))).replace(/^https:\/\/192\.168\.50\.11:6443 /, "");

describe("the reason why an API server cannot be read", () => {
  const codes: Readonly<Record<string, string>> = {
    ECONNREFUSED: `does not answer (ECONNREFUSED); start its API server, or ${CORRECT}`,
    EHOSTUNREACH: `does not answer (EHOSTUNREACH); start it, check the network to it (VPN, firewall), or ${CORRECT}`,
    "silent for 2 s": `does not answer (silent for 2 s); start it, check the network to it (VPN, firewall), or ${CORRECT}`,
    ECONNRESET: "does not answer (ECONNRESET); wait until its API server has started, and try again",
    ENOTFOUND: "the name 192.168.50.11 cannot be resolved (ENOTFOUND); correct the kubeconfig's server, or the DNS of this machine",
    EAI_AGAIN: "the name 192.168.50.11 cannot be resolved (EAI_AGAIN); correct the kubeconfig's server, or the DNS of this machine",
    CERT_HAS_EXPIRED:
      "shows a certificate that has expired (CERT_HAS_EXPIRED); renew the API server's certificate, and check this machine's clock",
    CERT_NOT_YET_VALID:
      "shows a certificate that is not valid yet (CERT_NOT_YET_VALID); check the clocks of this machine and of the cluster",
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: `rejects the client certificate of the kubeconfig's user (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED); ${RENEW}`,
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: `rejects the client certificate of the kubeconfig's user (ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED); ${RENEW}`,
    ERR_OSSL_X509_KEY_VALUES_MISMATCH:
      "the certificates or the key in the kubeconfig cannot be used for https://192.168.50.11:6443 (ERR_OSSL_X509_KEY_VALUES_MISMATCH); copy a new kubeconfig from the cluster",
    EPROTO: `does not speak TLS (EPROTO); ${ANOTHER}`,
    HPE_INVALID_CONSTANT: `does not speak HTTP (HPE_INVALID_CONSTANT); ${ANOTHER}`,
  };
  for (const [code, printed] of Object.entries(codes)) it(`is its own message for ${code}`, () => assert.equal(printedOf(code), printed));

  it("distinguishes an authority that the kubeconfig lacks from one that did not sign the certificate", () => {
    const code = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
    assert.equal(
      printedOf(code),
      `shows a certificate that this machine does not trust (${code}); add the cluster's certificate-authority-data to the kubeconfig`,
    );
    assert.equal(
      printedOf(code, { options: { ca: Buffer.from("ca") } }),
      `shows a certificate that the kubeconfig's authority has not signed (${code}); copy a new kubeconfig from the cluster, which may have been rebuilt`,
    );
  });

  it("names the certificate's names unless they are not printable", () => {
    const named = (subjectaltname: string) =>
      connectionError({ url }, Object.assign(new Error(), { code: "ERR_TLS_CERT_ALTNAME_INVALID", cert: { subjectaltname } })).message;
    assert.match(named("DNS:kubernetes, IP Address:10.0.0.1"), / for other names: DNS:kubernetes, IP Address:10\.0\.0\.1 \(ERR_TLS/);
    assert.match(named("DNS:\u001b[31mred"), / for other names \(ERR_TLS/);
  });

  it("is the proxy for a kubeconfig with a proxy, without its password", () => {
    const proxy = new URL("http://user:se-cret@192.168.50.9:3128");
    const fix = "start the proxy 192.168.50.9:3128 of the kubeconfig, or correct its proxy-url";
    assert.equal(printedOf("ECONNREFUSED", { proxy }), `does not answer (ECONNREFUSED); ${fix}`);
  });

  it("names the right that a rejected request needs", () => {
    const rights: Readonly<Record<string, string>> = {
      "/api/v1/nodes": "list nodes",
      "/api/v1/namespaces/kube-system": "get namespaces",
      "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dkube-proxy": "list configmaps",
      "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/primary": "get ipaddresspools",
      "/apis/apps/v1/daemonsets": "list daemonsets",
      "/version": "get /version",
    };
    for (const [path, right] of Object.entries(rights))
      assert.equal(fixFor(statusError({ url }, path, 403)), `give the kubeconfig's user the right to ${right}`);
    assert.equal(fixFor(statusError({ url }, "/api/v1/services", 403, "POST")), "give the kubeconfig's user the right to create services");
  });

  it("distinguishes an API server that is not ready from a busy one and from another program", () => {
    const fixes = [503, 429, 400, 302].map((status) => fixFor(statusError({ url }, "/version", status)));
    assert.deepEqual(fixes, [
      'wait until its API server is ready: "kubectl get --raw /readyz"',
      "wait until its API server is less busy, and try again",
      ANOTHER,
      ANOTHER,
    ]);
    const plain = { url: new URL("http://192.168.50.11:6443") };
    assert.equal(fixFor(statusError(plain, "/version", 400)), "write https:// in the kubeconfig's server");
  });

  describe("on loopback", () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

    async function listening(server: Server): Promise<string> {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const sockets = new Set<Socket>();
      server.on("connection", (socket) => void sockets.add(socket));
      closing.push(() => new Promise((resolve) => (server.close(resolve), sockets.forEach((socket) => socket.destroy()))));
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    async function started(subject?: string): Promise<ApiServer> {
      const api = await ApiServer.start({ "/version": {} }, subject === undefined ? undefined : certificateFor(subject));
      closing.push(() => api.stop());
      return api;
    }

    const printed = (cluster: object, user: object = {}) => {
      const server = apiServerOf({ text: kubeconfigFor(cluster, user), folder: "/" }, "lab-dev");
      return read(server, "/version").then(
        () => "it answers",
        (error: unknown) => reasonAndFix(error).replaceAll(/127\.0\.0\.1:\d+/g, "SERVER"),
      );
    };

    it("is a certificate of another cluster, or one for other names", async () => {
      const api = await started();
      const other = base64(certificateFor("IP:127.0.0.1").cert);
      assert.match(
        await printed({ server: api.url, "certificate-authority-data": other }),
        /^https:\/\/SERVER shows a certificate that the kubeconfig's authority has not signed \(\w+\); copy a new kubeconfig/,
      );
      const named = await started("DNS:kubernetes");
      assert.equal(
        await printed({ server: named.url, "certificate-authority-data": base64(named.certificate.cert) }),
        "https://SERVER shows a certificate for other names: DNS:kubernetes (ERR_TLS_CERT_ALTNAME_INVALID); " +
          "use one of its names as the kubeconfig's server, or set tls-server-name there",
      );
    });

    it("is a program without TLS", async () => {
      const plain = createPlain((_, response) => response.end("<html>"));
      const address = await listening(plain);
      assert.match(
        await printed({ server: `https://${address}` }),
        /^https:\/\/SERVER does not speak TLS \(\w+\); another program may use/,
      );
    });

    it("is a web page that answers every request with 200", async () => {
      const page = await listening(createPlain((_, response) => response.end("<html>se-cret</html>")));
      assert.equal(await printed({ server: `http://${page}` }), `http://SERVER answers GET /version as no API server does; ${ANOTHER}`);
      const server = apiServerOf({ text: kubeconfigFor({ server: `http://${page}` }), folder: "/" }, "lab-dev");
      for (const work of [list(server, "/api/v1/nodes"), readIdentity(server)])
        await assert.rejects(work, { name: "NoResponse", fix: ANOTHER });
    });

    it("is a program with another protocol", async () => {
      const address = await listening(createServer((socket) => socket.end("SSH-2.0-dropbear\r\n")));
      assert.match(
        await printed({ server: `http://${address}` }),
        /^http:\/\/SERVER does not speak HTTP \(HPE_\w+\); another program may use/,
      );
    });

    it("is an unusable key or certificate", async () => {
      const api = await started();
      const trusted = { server: api.url, "certificate-authority-data": base64(api.certificate.cert) };
      const [one, other] = [certificateFor("DNS:one"), certificateFor("DNS:other")];
      for (const [cert, key] of [
        ["se-cret", "se-cret"],
        [one.cert, other.key],
      ] as const) {
        const user = { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
        assert.match(
          await printed(trusted, user),
          /^the certificates or the key in the kubeconfig cannot be used for https:\/\/SERVER \(ERR_OSSL_\w+\); copy a new kubeconfig from the cluster$/,
        );
      }
    });
  });
});
