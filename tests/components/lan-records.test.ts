/** Tests LanRecords in a user's own program. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { ClusterNetwork, LanRecords } from "../../components";
import { RECORDS_SCRIPT } from "../../router/asus/records/script";
import { command, hostKey, namesOf, network, refusal, router, run } from "../support/own-program";
import { secretIn } from "../support/program";

const node = { address: "192.168.50.12", mac: "d8-3a-dd-00-00-12" };
const grafana = { name: "grafana.home.arpa", address: "10.5.0.10" };
const domain = { domain: "k8s.example", server: "10.5.0.53" };
const later = <T>(value: T) => pulumi.output(Promise.resolve(value));

describe("LanRecords in an own program", () => {
  /** Runs a program with the component alone. @returns its outputs, and the command with the script left out of its input */
  async function made(args: Omit<ConstructorParameters<typeof LanRecords>[1], "router">) {
    const result = await run(() => {
      const { reservations, names, domains } = new LanRecords("records", { router, owner: "lab-dev", ...args });
      return { reservations, names, domains };
    });
    const { stdin, triggers, connection, create } = command(result.made);
    return { ...result, triggers, connection, create, words: String(stdin).replace(RECORDS_SCRIPT, "") };
  }

  it("applies reservations, names and domains by one command, and has them as outputs", async () => {
    const {
      made: resources,
      outputs,
      words,
      triggers,
      connection,
    } = await made({
      reservations: [node],
      names: [grafana],
      domains: [domain],
    });
    assert.deepEqual(namesOf(resources), ["homelab:network:LanRecords::records", "command:remote:Command::records"]);
    assert.deepEqual(outputs, { reservations: [{ address: node.address, mac: "D8:3A:DD:00:00:12" }], names: [grafana], domains: [domain] });
    const all = "reserve 'D8:3A:DD:00:00:12' '192.168.50.12' name 'grafana.home.arpa' '10.5.0.10' domain 'k8s.example' '10.5.0.53'";
    assert.equal(words, `set -- "$1" 552427561 0 0 ${all}\n`);
    assert.deepEqual(triggers, ["192.168.50.1", "D8:3A:DD:00:00:12>192.168.50.12", "552427561"]);
    const login = { host: "192.168.50.1", port: 22, dialErrorLimit: 0, perDialTimeout: 15, user: "homelab", hostKey };
    assert.deepEqual(secretIn(connection), { ...login, privateKey: "key-secret" });
  });

  it("updates a domain in place: its command is replaced for another router or reservation only", async () => {
    const first = await made({ domains: [domain] });
    const second = await made({ domains: [{ ...domain, server: "10.5.0.54" }] });
    const triggers = ["192.168.50.1", "552427561"];
    assert.deepEqual([first.triggers, second.triggers, first.create], [triggers, triggers, second.create]);
    assert.equal(second.words, first.words.replace("10.5.0.53", "10.5.0.54"));
    assert.deepEqual(second.outputs, { reservations: [], names: [], domains: [{ domain: "k8s.example", server: "10.5.0.54" }] });
  });

  it("replaces its command for another owner, because the router stores the names by the owner's number", async () => {
    const [one, other] = [await made({ names: [grafana] }), await made({ names: [grafana], owner: "lab-new" })];
    assert.deepEqual(
      [one.triggers, other.triggers],
      [
        ["192.168.50.1", "552427561"],
        ["192.168.50.1", "3748848678"],
      ],
    );
  });

  it("accepts addresses of other resources, such as the DNS server's", async () => {
    const { made: resources, outputs } = await run(() => {
      const lab = new ClusterNetwork("lab", network);
      const server = lab.pools.apply((pools) => (pools["primary"]?.[0] ?? "").replace("0/24", "53"));
      const named = [{ ...grafana, address: later(grafana.address) }];
      return { domains: new LanRecords("records", { router, names: named, domains: [{ domain: domain.domain, server }] }).domains };
    });
    assert.deepEqual(outputs.domains, [domain]);
    assert.match(String(command(resources)["stdin"]), / name 'grafana\.home\.arpa' '10\.5\.0\.10' domain 'k8s\.example' '10\.5\.0\.53'\n/);
  });

  it("shows the command in a preview with an unknown DNS server, whose input is unknown then", async () => {
    const server = pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>;
    const { made: resources } = await run(() => {
      new LanRecords("records", { router, domains: [{ ...domain, server }] });
      return {};
    }, true);
    assert.equal(command(resources)["stdin"], pulumi.unknown);
    assert.match(String(command(resources)["create"]), /sh -s -- create$/);
  });

  for (const { title, args, problems } of [
    {
      title: "texts that must not reach the router's shell",
      args: { names: [{ name: "$(reboot)", address: "10.5.0.10'" }], domains: [{ domain: "k8s.example/1.1.1.1", server: "10.5.0.53 #" }] },
      problems: [
        "LanRecords records has 4 problems:",
        /^ {2}names\[0\]\.name = "\$\(reboot\)": /,
        /^ {2}names\[0\]\.address = "10\.5\.0\.10'": not an IPv4 address; /,
        /^ {2}domains\[0\]\.domain = "k8s\.example\/1\.1\.1\.1": /,
        /^ {2}domains\[0\]\.server = "10\.5\.0\.53 #": not an IPv4 address; /,
      ],
    },
    {
      title: "a domain twice, a node outside the LAN and a node with two addresses",
      args: {
        domains: [domain, { ...domain, server: "10.5.0.54" }],
        reservations: [node, { ...node, address: "192.168.51.12" }],
      },
      problems: [
        "LanRecords records has 3 problems:",
        /^ {2}reservations\[1\]\.address = "192\.168\.51\.12": .*; use the address of a node on the LAN$/,
        /^ {2}domains\[1\]\.domain = "k8s\.example": .*domains\[0\]\.domain.*; give each DNS server a domain of its own$/,
        /^ {2}reservations\[1\]\.mac = "D8:3A:DD:00:00:12": .*; give each node one address$/,
      ],
    },
    {
      title: "a component without any of them",
      args: {},
      problems: [
        "LanRecords records has a problem:",
        /^ {2}reservations = nothing: no reservations, names or domains; add one, or remove the component$/,
      ],
    },
  ] as const) {
    it(`refuses ${title}`, async () => {
      const lan = { ...router, lan: "192.168.50.0/24" };
      const lines = (await refusal(() => new LanRecords("records", { router: lan, ...args }))).split("\n");
      assert.equal(lines.length, problems.length, lines.join("\n"));
      problems.forEach((problem, index) =>
        typeof problem === "string" ? assert.equal(lines[index], problem) : assert.match(lines[index] ?? "", problem),
      );
    });
  }
});
