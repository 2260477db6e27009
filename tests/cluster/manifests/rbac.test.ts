import assert from "node:assert/strict";

import { ACCOUNT_NAMESPACE, ACCOUNTS, accountManifests, type PolicyRule, rightsOf, rulesOf } from "../../../cluster/manifests/rbac";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
}

const manifests = (account: (typeof ACCOUNTS)[number], namespace = "metallb-system") =>
  accountManifests(account, namespace) as readonly Manifest[];
const place = ({ kind, metadata: { namespace, name } }: Manifest) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
const rules = (account: (typeof ACCOUNTS)[number]) => manifests(account).flatMap((one) => one.rules ?? []);

describe("the objects of an account", () => {
  for (const account of ACCOUNTS) {
    const name = `homelab-network:${account}`;
    const all = rules(account);

    it(`${account}: are an account with a token, and roles in MetalLB's namespace and outside`, () => {
      assert.deepEqual(manifests(account, "lb").map(place), [
        "Namespace homelab-network",
        "Namespace lb",
        `ServiceAccount homelab-network/${account}`,
        `Secret homelab-network/${account}`,
        `ClusterRole ${name}`,
        `ClusterRoleBinding ${name}`,
        `Role lb/${name}`,
        `RoleBinding lb/${name}`,
        `Role kube-system/${name}`,
        `RoleBinding kube-system/${name}`,
      ]);
    });

    it(`${account}: bind each role to this account only`, () => {
      const bindings = manifests(account).filter(({ roleRef }) => roleRef !== undefined);
      assert.equal(bindings.length, 3);
      for (const { subjects, roleRef } of bindings) {
        assert.deepEqual(subjects, [{ kind: "ServiceAccount", name: account, namespace: ACCOUNT_NAMESPACE }]);
        assert.equal(roleRef?.name, name);
      }
    });

    it(`${account}: give no permission on everything, none to give more, and none to act as others`, () => {
      for (const { apiGroups, resources } of all) assert.ok(![...apiGroups, ...resources].includes("*"), JSON.stringify(resources));
      const verbs = all.flatMap((rule) => rule.verbs);
      for (const verb of ["escalate", "impersonate"]) assert.ok(!verbs.includes(verb), verb);
      const kinds = all.flatMap(({ resources }) => resources);
      for (const kind of ["serviceaccounts/token", "pods/exec", "nodes/proxy"]) assert.ok(!kinds.includes(kind), kind);
    });

    it(`${account}: bind no roles but MetalLB's`, () => {
      const names = all.filter(({ verbs }) => verbs.includes("bind")).flatMap(({ resourceNames = ["any"] }) => resourceNames);
      const metallb = ["metallb:controller", "metallb:speaker", "metallb-controller", "metallb-pod-lister"];
      assert.deepEqual(names, account === "deploy" ? metallb : []);
    });

    it(`${account}: reach Secrets in MetalLB's namespace only`, () => {
      const outside = rightsOf(account, "lb").filter(({ namespaced }) => !namespaced);
      assert.deepEqual(
        outside.filter(({ resource }) => resource === "secrets"),
        [],
      );
    });
  }

  it("for reading have only verbs that read, and of Secrets only the chart's own", () => {
    const verbs = new Set(rules("read").flatMap((rule) => rule.verbs));
    assert.deepEqual([...verbs].sort(), ["get", "list", "watch"]);
    const secrets = rules("read").filter(({ resources }) => resources.includes("secrets"));
    assert.deepEqual(secrets, [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["metallb-webhook-cert"], verbs: ["get"] }]);
  });

  it("for deploying write outside of namespaces named objects only, but for what MetalLB's own roles need", () => {
    const [cluster] = manifests("deploy").filter(({ kind }) => kind === "ClusterRole");
    const open = (cluster?.rules ?? []).filter(
      ({ verbs, resourceNames }) => resourceNames === undefined && verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
    );
    assert.deepEqual(open.flatMap(({ resources, verbs }) => resources.map((resource) => `${verbs.join(" ")} ${resource}`)).sort(), [
      "* configurationstates",
      "* configurationstates/status",
      "* servicel2statuses",
      "* servicel2statuses/status",
      "create patch events",
      "create subjectaccessreviews",
      "create tokenreviews",
      "update services/status",
    ]);
  });

  it("have one rule for kinds with the same verbs, and each verb once", () => {
    const right = { group: "apps", namespaced: true };
    const rights = [
      { ...right, resource: "deployments", verbs: ["get", "list"] },
      { ...right, resource: "daemonsets", verbs: ["get"] },
      { ...right, resource: "daemonsets", verbs: ["get", "list"] },
      { ...right, resource: "daemonsets", verbs: ["delete"], names: ["one"] },
    ];
    assert.deepEqual(rulesOf(rights), [
      { apiGroups: ["apps"], resources: ["deployments", "daemonsets"], verbs: ["get", "list"] },
      { apiGroups: ["apps"], resources: ["daemonsets"], resourceNames: ["one"], verbs: ["delete"] },
    ]);
  });
});
