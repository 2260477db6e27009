import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

import { ask, checkConnection } from "../../../cluster/api/api-client";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { Login } from "../../../cluster/api/login";
import { until } from "../../../lab/wait";
import { ApiServer, base64, certificateFor, kubeconfigFor } from "../../support/api-server";
import { Home } from "../../support/home";

describe("a login to an API server", () => {
  let home: Home;
  let api: ApiServer;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    home = new Home();
    api = await ApiServer.start({ "/version": { gitVersion: "v1.33.0" } });
    closing.push(() => api.stop());
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
    home.remove();
  });
  const trusted = () => ({ server: api.url, "certificate-authority-data": base64(api.certificate.cert) });
  const server = (user: object, cluster: object = trusted()) =>
    apiServerOf({ text: kubeconfigFor(cluster, user), folder: home.path }, "lab-dev");
  const authorizations = () => api.requests.map(({ headers }) => headers.authorization);

  /** Writes a login program; each start adds a line to the file `starts`. */
  function program(name: string, script: string): string {
    const file = home.write(name, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> "${home.path}/starts"\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const starts = () => readFileSync(`${home.path}/starts`, "utf8").trim().split("\n");
  const printing = (status: object) =>
    `echo '${JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status })}'`;
  const exec = (command: string, rest: object = {}) => ({ exec: { apiVersion: "client.authentication.k8s.io/v1", command, ...rest } });

  it("uses the token of a login program, which runs once for all requests and gets the variables that Kubernetes documents", async () => {
    const script = `test "$1 $EXTRA" = "get-token set" && ${printing({ token: "of-the-program" })}`;
    const user = exec(program("login", script), { args: ["get-token"], env: [{ name: "EXTRA", value: "set" }] });
    assert.equal(existsSync(`${home.path}/starts`), false);
    await Promise.all([1, 2, 3].map(() => ask(server(user), "/version")));
    assert.equal((await ask(server(user), "/version")).status, 200);
    assert.deepEqual(
      authorizations(),
      Array.from({ length: 4 }, () => "Bearer of-the-program"),
    );
    const [info, ...more] = starts();
    assert.deepEqual(more, []);
    assert.deepEqual(JSON.parse(info ?? ""), {
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1",
      spec: { interactive: false },
    });
  });

  it("runs the program again if the server rejects its last credentials", async () => {
    const user = exec(program("login", `n=$(wc -l < "${home.path}/starts"); ${printing({ token: "token-N" }).replace("-N", `-'"$n"'`)}`));
    await ask(server(user), "/version");
    api.answers["/version"] = 401;
    assert.equal((await ask(server(user), "/version")).status, 401);
    assert.deepEqual(authorizations(), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  });

  it("presents the certificate of a login program", async () => {
    const client = certificateFor("DNS:admin");
    const strict = await ApiServer.start({ "/version": {} }, undefined, client);
    closing.push(() => strict.stop());
    home.write("answer", JSON.stringify({ status: { clientCertificateData: client.cert, clientKeyData: client.key } }));
    const user = exec(program("login", `cat "${home.path}/answer"`));
    const cluster = { server: strict.url, "certificate-authority-data": base64(strict.certificate.cert) };
    assert.equal((await ask(server(user, cluster), "/version")).status, 200);
  });

  it("resolves a program's relative path, and every other path, from the kubeconfig's folder", async () => {
    home.write("ca.crt", api.certificate.cert);
    program("bin/login", printing({ token: "beside" }));
    const cluster = { server: api.url, "certificate-authority": "ca.crt" };
    assert.equal((await ask(server(exec("./bin/login"), cluster), "/version")).status, 200);
    assert.deepEqual(authorizations(), ["Bearer beside"]);
  });

  for (const [title, script, reason] of [
    ["fails", "echo se-cret >&2; echo se-cret; exit 3", "it failed"],
    ["prints something else", "echo se-cret", "its output is not an ExecCredential"],
    ["prints no status", 'echo \'{"token": "se-cret"}\'', "its output is not an ExecCredential"],
  ] as const) {
    it(`reports the reason without secrets if the program ${title}`, async () => {
      const message = `login program login of the kubeconfig's context lab-dev gives no credentials (${reason})`;
      await assert.rejects(ask(server(exec(program("login", script))), "/version"), { name: "LoginFailed", message });
      assert.equal(api.requests.length, 0);
    });
  }

  it("reports the reason if the program does not exist", () =>
    assert.rejects(ask(server(exec("no-such-login-program")), "/version"), {
      name: "LoginFailed",
      message: "login program no-such-login-program of the kubeconfig's context lab-dev gives no credentials (no such program)",
    }));

  it("stops waiting for a program that does not end", async () => {
    const user = exec(program("login", `echo $$ > "${home.path}/pid"; while test ! -e "${home.path}/end"; do sleep 0.1; done`));
    const login = new Login("lab-dev", trusted(), user, 200);
    await assert.rejects(login.options(), { name: "LoginFailed", message: /gives no credentials \(silent for 0.2 s\)$/ });
    const pid = await until("the program's start", () => readFileSync(`${home.path}/pid`, "utf8").trim());
    home.write("end", "");
    await until("the program's end", () => !isRunning(Number(pid)));
  });

  it("uses the token of an auth provider, and reports the reason if the provider renews none", async () => {
    const tokenUntil = (exp: number) =>
      [{ alg: "none" }, { exp }, {}].map((part) => base64(JSON.stringify(part)).replace(/=+$/, "")).join(".");
    const oidc = (token: string, config: object = {}) => ({ "auth-provider": { name: "oidc", config: { "id-token": token, ...config } } });
    const [valid, expired] = [tokenUntil(4e9), tokenUntil(1)];
    await ask(server(oidc(valid)), "/version");
    assert.deepEqual(authorizations(), [`Bearer ${valid}`]);
    const issuer = { "idp-issuer-url": "https://127.0.0.1:1", "client-id": "homelab", "refresh-token": "se-cret" };
    await assert.rejects(ask(server(oidc(expired, issuer)), "/version"), {
      name: "LoginFailed",
      message: /^auth provider oidc of the kubeconfig's context lab-dev gives no credentials \([\w ]+\)$/,
    });
  });

  it("logs in by name and password, and impersonates another user", async () => {
    await ask(server({ username: "admin", password: "pass" }), "/version");
    await ask(server({ token: "own", as: "other" }), "/version");
    assert.deepEqual(authorizations(), [`Basic ${base64("admin:pass")}`, "Bearer own"]);
    assert.equal(api.requests[1]?.headers["impersonate-user"], "other");
  });

  it("uses the kubeconfig's proxy, also for the connection check", async () => {
    const tunnels: string[] = [];
    const proxy = createServer();
    const ends = new Set<Socket>();
    proxy.on("connection", (socket) => ends.add(socket));
    proxy.on("connect", ({ url = "" }, socket) => {
      tunnels.push(url);
      const [host, port] = url.split(":");
      const beyond = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        beyond.pipe(socket).pipe(beyond);
      });
      for (const end of [beyond, socket]) end.on("error", () => [beyond, socket].forEach((one) => one.destroy()));
    });
    const address = await listening(proxy);
    const behind = server({ token: "own" }, { ...trusted(), "proxy-url": address });
    await checkConnection(behind);
    assert.equal((await ask(behind, "/version")).status, 200);
    assert.deepEqual([tunnels, authorizations()], [[api.url.replace("https://", "")], ["Bearer own"]]);
    await new Promise((resolve) => (proxy.close(resolve), ends.forEach((socket) => socket.destroy())));
    const message = `${api.url} does not answer (ECONNREFUSED)`;
    await assert.rejects(checkConnection(behind), { name: "NoResponse", message });
    await assert.rejects(ask(behind, "/version"), { name: "NoResponse", message });
  });

  it('reaches a server without TLS, such as "kubectl proxy"', async () => {
    const plain = createServer((_, response) => response.end("{}"));
    const address = await listening(plain);
    closing.push(() => new Promise((resolve) => (plain.close(() => resolve()), plain.closeAllConnections())));
    await checkConnection(server({}, { server: address }));
    assert.equal((await ask(server({}, { server: address }), "/version")).status, 200);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
