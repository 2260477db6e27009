import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { checkMissingResources } from "../../preflight/missing-resources";
import type { EngineCommand } from "../../engine/cli-invocation";
import type { Stack } from "../../preflight/stack";
import { ApiServer, base64, kubeconfigFor } from "../support/api-server";
import { listening } from "../support/program";
import { routerStack } from "../support/router-stack";
import { PROJECT } from "../support/stack-files";

const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const sets = "/apis/apps/v1/namespaces/metallb-system/daemonsets";
const object = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const role = (name: string) => object("rbac.authorization.k8s.io/v1", "ClusterRole", name);
const own = [
  role("metallb:speaker"),
  role("metallb:controller"),
  object("apps/v1", "DaemonSet", "speaker", "metallb-system"),
  { triggers: [] },
];
const item = (name: string, rest: object = {}) => ({ metadata: { name, ...rest } });
const up: EngineCommand = { verb: "up", refresh: false };
const refreshing: EngineCommand = { verb: "up", refresh: true };

describe("the check for missing resources", () => {
  let server: ApiServer;
  let stack: Stack;
  beforeEach(async () => {
    server = await ApiServer.start({
      [roles]: [item("metallb:speaker"), item("metallb:controller"), item("other")],
      [sets]: [item("speaker")],
    });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    stack = { ...routerStack(), kubeconfigContent: { text: kubeconfigFor(cluster), folder: "/" } };
  });
  afterEach(() => server.stop());

  /** @param command undefined if no CLI is among the program's parent processes */
  async function look(command: EngineCommand | undefined, { preview = false, objects = own, hasWaited = false } = {}) {
    const state = new Map(objects.map((values, index) => [`urn:${index}`, values]));
    const mocks = { call: () => ({}), newResource: ({ name }: { name: string }) => ({ id: name, state: {} }) };
    await pulumi.runtime.setMocks(mocks, PROJECT, "lab-dev", preview, "organization");
    return listening(() => checkMissingResources({ ...stack, state }, command, hasWaited));
  }
  const lacks = (what: string) =>
    `Cluster lab-dev lacks objects of this stack: ${what}, deleted by hand or by an interrupted run; ` +
    '"pulumi up --refresh --stack lab-dev" restores them';

  it("finds all, with one request for each kind", async () => {
    const { warnings, notes } = await look(up);
    assert.deepEqual([warnings, notes], [[], []]);
    assert.deepEqual(server.requests.map(({ method, url }) => `${method} ${url}`).sort(), [`GET ${sets}`, `GET ${roles}`].sort());
  });

  it("sends no request if the stack has none", async () => {
    await look(up, { objects: [] });
    assert.deepEqual(server.requests, []);
  });

  it("reports nothing in a run with a refresh", async () => {
    server.answers[sets] = [];
    assert.deepEqual((await look(refreshing)).warnings, []);
  });

  it("stops a run with a refresh that read objects which were being deleted", async () => {
    const late = (what: string) =>
      `Cluster lab-dev was still deleting objects of this stack when this run checked: ${what}; they are gone now; run ` +
      '"pulumi up --refresh --stack lab-dev" again to restore them; nothing was changed.';
    const inDeletion = [item("metallb:speaker", { deletionTimestamp: "2026-11-25T00:00:00Z" }), item("metallb:controller")];
    let looks = 0;
    const get = () => (looks++ === 0 ? inDeletion : [item("metallb:controller")]);
    Object.defineProperty(server.answers, roles, { get, configurable: true });
    await assert.rejects(look(refreshing), { message: late("ClusterRole metallb:speaker") });
    assert.ok(looks > 1);
    delete server.answers[roles];
    server.answers[roles] = [item("metallb:speaker"), item("metallb:controller")];
    server.answers[sets] = [];
    await assert.rejects(look(refreshing, { hasWaited: true }), { message: late("DaemonSet metallb-system/speaker") });
  });

  it("stops a run before any change if an object or its kind is missing", async () => {
    server.answers[roles] = [item("metallb:controller")];
    await assert.rejects(look(up), { message: `${lacks("ClusterRole metallb:speaker")}; nothing was changed.` });
    delete server.answers[sets];
    await assert.rejects(look(up), {
      message: `${lacks("ClusterRole metallb:speaker, DaemonSet metallb-system/speaker")}; nothing was changed.`,
    });
  });

  it("warns in a preview, and if the command is unknown", async () => {
    server.answers[roles] = [];
    const warning = `warning: [runtime] ${lacks("ClusterRole metallb:speaker, ClusterRole metallb:controller")}.`;
    assert.deepEqual((await look(up, { preview: true })).warnings, [warning]);
    assert.deepEqual((await look(undefined)).warnings, [warning]);
  });

  it("names five of many", async () => {
    server.answers[roles] = [];
    const objects = Array.from({ length: 8 }, (_, index) => role(`r${index}`));
    const named = [0, 1, 2, 3, 4].map((index) => `ClusterRole r${index}`).join(", ");
    await assert.rejects(look(up, { objects }), { message: `${lacks(`${named} and 3 more`)}; nothing was changed.` });
  });

  it("ignores objects that the user may not list", async () => {
    server.answers[roles] = 403;
    assert.deepEqual((await look(up)).warnings, []);
  });

  it("waits for objects that are being deleted, then reports them as missing, and ignores other deletions", async () => {
    const leaving = { deletionTimestamp: "2026-11-25T00:00:00Z" };
    server.answers[roles] = [item("metallb:speaker", leaving), item("metallb:controller"), item("other", leaving)];
    setTimeout(() => (server.answers[roles] = [item("metallb:controller"), item("other", leaving)]), 100);
    await assert.rejects(look(up), { message: `${lacks("ClusterRole metallb:speaker")}; nothing was changed.` });
  });
});
