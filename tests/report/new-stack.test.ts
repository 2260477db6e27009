import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { parseHousehold } from "../../config/household";
import { newStackFile } from "../../report/new-stack";
import { HOST_KEY } from "../support/host-key";
import { HOUSEHOLD } from "../support/stack-files";

const wanted = { name: "lab-edge", pool: "10.7.0.0/24", gateway: "192.168.50.31" };
const read = (...path: string[]) => readFileSync(join(HOUSEHOLD, ...path), "utf8");

describe("the file of a new stack", () => {
  it("has the model's shape and comments, with its own name, pool and gateway", () => {
    const file = "Pulumi.lab-prod.yaml";
    const expected = read(file)
      .replaceAll("lab-prod", "lab-edge")
      .replace("10.6.0.0", "10.7.0.0")
      .replace("192.168.50.21", "192.168.50.31");
    assert.deepEqual(newStackFile(wanted, { file, text: read(file) }), { text: expected, notes: [] });
  });

  it("keeps a pool name that every cluster can share", () => {
    const file = "Pulumi.lab-prod.yaml";
    const text = read("..", "valid", "same-pool-name", file);
    const { config } = parse(newStackFile(wanted, { file, text }).text) as { config: Record<string, object> };
    assert.deepEqual(config["homelab-network:pools"], [{ name: "primary", addresses: ["10.7.0.0/24"] }]);
  });

  it("names the pool after the new stack if the model's pool has the former name of its stack", () => {
    const file = "Pulumi.lab-home.yaml";
    const text = read("Pulumi.lab-prod.yaml").replace("context: lab-prod", "context: home\n    name: lab-prod");
    const { config } = parse(newStackFile(wanted, { file, text }).text) as { config: Record<string, { name: string }[]> };
    assert.equal(config["homelab-network:pools"]?.[0]?.name, "lab-edge");
  });

  it("omits values of the other cluster, and values encrypted for it", () => {
    const file = "Pulumi.lab-dev.yaml";
    const text = `encryptionsalt: v1:abc=\n${read("..", "valid", "every-field.yaml")
      .replace(/^ *privateKeyFile.*\n/m, "")
      .replace("agent: false", "port: 2200")
      .replace("    port: 2222\n", "")}`;
    const { text: written, notes } = newStackFile(wanted, { file, text });
    assert.deepEqual(parse(written), {
      config: {
        "homelab-network:cluster": { kubeconfig: "~/.kube/config", context: "lab-edge" },
        "homelab-network:pools": [{ name: "lab-edge", addresses: ["10.7.0.0/24"], protect: true }],
        "homelab-network:gateway": { mode: "node", addresses: ["192.168.50.31"], mustBeMaster: true, reserve: true },
        "homelab-network:router": {
          type: "asus",
          host: "192.168.50.1",
          lan: "192.168.50.0/24",
          user: "homelab",
          port: 2200,
          hostKey: HOST_KEY,
          acceptAnyHostKey: false,
          enableDormant: true,
          observe: false,
          metric: 1,
          privateKeyFile: "~/.ssh/id_ed25519",
        },
        "homelab-network:reserved": {
          dhcp: ["192.168.50.100-192.168.50.199"],
          pods: ["10.42.0.0/16"],
          services: ["10.43.0.0/16"],
          others: ["192.168.101.0/24"],
        },
      },
    });
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? "", /^The router's secret in Pulumi\.lab-dev\.yaml was not copied: /);
    assert.equal(parseHousehold([{ file: "Pulumi.lab-edge.yaml", text: written }]).length, 1);
  });

  it("omits the key for a router of type manual", () => {
    const { text, notes } = newStackFile(wanted, {
      file: "Pulumi.lab-dev.yaml",
      text: read("..", "valid", "manual-router.yaml"),
    });
    const { config } = parse(text) as { config: Record<string, object> };
    assert.deepEqual(config["homelab-network:router"], { host: "192.168.50.1", lan: "192.168.50.0/24", type: "manual" });
    assert.deepEqual(notes, []);
  });

  it("does not replace a longer name that starts with the model's", () => {
    const text = `# lab-dev, lab-dev-2 and my.lab-dev\n${read("Pulumi.lab-dev.yaml")}`;
    assert.match(newStackFile(wanted, { file: "Pulumi.lab-dev.yaml", text }).text, /^# lab-edge, lab-dev-2 and my\.lab-dev$/m);
  });
});
