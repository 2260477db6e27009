/** Runs on loopback with the stand-in for an API server. tests/e2e/accounts.test.ts checks the accounts of a real one. */
import assert from "node:assert/strict";

import { checkCluster } from "../../../cli/doctor/cluster";
import { ApiServer, base64, kubeconfigFor, oneMaster, Reply } from "../../support/api-server";
import { plannedStack, text } from "../../support/stacks";

interface Wish {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

const account = '"bin/homelab rbac deploy lab-dev" prints an account with the rights (docs/how-to/accounts.md)';

describe("homelab doctor, about the rights of the kubeconfig's user", () => {
  let server: ApiServer;
  /** Answers each SelfSubjectAccessReview. */
  let allowed: (wish: Wish) => boolean;
  beforeEach(async () => {
    server = await ApiServer.start({ ...oneMaster, "/version": { gitVersion: "v1.34.4" } });
    server.change = ({ url, method, body }) => {
      if (method !== "POST" || !url.endsWith("/selfsubjectaccessreviews")) return 405;
      const { spec } = JSON.parse(body) as { spec: { resourceAttributes: Wish } };
      return new Reply(201, { status: { allowed: allowed(spec.resourceAttributes) } });
    };
  });
  afterEach(() => server.stop());

  async function rights(): Promise<string> {
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const kubeconfigContent = { text: kubeconfigFor(cluster), folder: "/" };
    return (await checkCluster(plannedStack({}, { kubeconfigContent }))).map(text)[2] ?? "";
  }

  it("names missing rights, in MetalLB's namespace and outside", async () => {
    allowed = ({ verb, resource, namespace }) => {
      if (verb === "*" && resource === "*") return false;
      if (["escalate", "bind"].includes(verb)) return true;
      if (resource === "daemonsets") return namespace === "metallb-system" && verb === "list";
      return resource !== "customresourcedefinitions" || ["get", "list", "watch", "update"].includes(verb);
    };
    const kinds = "create, patch, delete customresourcedefinitions.apiextensions.k8s.io";
    const may = `failed rights: this user may not ${kinds}; get, watch, create, patch, update, delete daemonsets.apps`;
    assert.equal(await rights(), `${may}; ${account}`);
  });

  it("accepts rights on the named objects only, outside of namespaces", async () => {
    const named = ["namespaces", "customresourcedefinitions", "validatingwebhookconfigurations", "clusterroles", "clusterrolebindings"];
    allowed = ({ verb, resource, name }) =>
      resource !== "*" && (!named.includes(resource) || ["get", "list", "watch"].includes(verb) || name !== undefined);
    assert.equal(await rights(), "ok rights: this user has all rights that up needs");
    const most = allowed;
    allowed = (wish) => most(wish) && wish.name !== "bgppeers.metallb.io";
    const kinds = "create, patch, update, delete customresourcedefinitions.apiextensions.k8s.io";
    assert.equal(await rights(), `failed rights: this user may not ${kinds}; ${account}`);
  });

  it("warns of a user that may only read, as the account for reading", async () => {
    allowed = ({ verb, resource, subresource }) =>
      (["get", "list", "watch"].includes(verb) && resource !== "secrets") || subresource === "status";
    const rule = "this user may only read: preview and drift work, and up fails";
    assert.equal(await rights(), `warning rights: ${rule}; ${account}`);
    allowed = ({ verb, resource }) => ["get", "list", "watch"].includes(verb) && resource !== "replicasets";
    assert.match(await rights(), /^failed rights: .*; get, list, watch replicasets\.apps; /);
  });

  it("warns of missing rights to read, and to grant roles", async () => {
    allowed = ({ resource, namespace }) => resource !== "*" && (resource !== "nodes" || namespace !== undefined);
    assert.match(await rights(), /^warning rights: this user may not list nodes, so the program cannot give every warning; /);
    const gives = ({ verb, name }: Wish) => !["*", "escalate"].includes(verb) && (verb !== "bind" || name !== undefined);
    allowed = (wish) => gives(wish) && wish.subresource !== "status";
    assert.match(
      await rights(),
      /^warning rights: this user may not update services\/status; .*update ipaddresspools\/status\.metallb\.io.*: MetalLB's roles give these rights, /,
    );
    allowed = (wish) => wish.resource !== "*" && (wish.subresource !== "status" || !gives(wish));
    assert.equal(await rights(), "ok rights: this user has all rights that up needs");
    allowed = (wish) => gives(wish) || (wish.group === "metallb.io" && wish.verb === "*");
    assert.equal(await rights(), "ok rights: this user has all rights that up needs");
    allowed = (wish) => gives(wish) && wish.verb !== "bind";
    const roles = "bind clusterroles.rbac.authorization.k8s.io; bind roles.rbac.authorization.k8s.io";
    assert.equal(await rights(), `failed rights: this user may not ${roles}; ${account}`);
  });
});
