/** Runs on loopback with the stand-in for an API server, which gives addresses as MetalLB does. tests/lifecycle/live-cluster.test.ts probes a real one. */
import assert from "node:assert/strict";

import { neighboursIn } from "../../../cli/verify/from";
import { probePool, type PoolProbe } from "../../../cli/verify/service-probes";
import type { Tried } from "../../../cli/verify/tried";
import { apiServerOf } from "../../../cluster/api/kubeconfig";
import { addressesIn } from "../../../config/address/free";
import { parsePoolAddress, type AddressBlock } from "../../../config/address/address";
import type { PoolPlan } from "../../../config/plan";
import { ApiServer, base64, kubeconfigFor, Reply } from "../../support/api-server";
import { plannedStack, text } from "../../support/stacks";

const POOL = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/lab-dev";
const STATUSES = "/apis/metallb.io/v1beta1/servicel2statuses";
const used = (name: string, ip: string, port: object = { port: 80 }, pool = "lab-dev") => ({
  metadata: { namespace: "web", name, annotations: { "metallb.io/ip-allocated-from-pool": pool } },
  spec: { ports: [port] },
  status: { loadBalancer: { ingress: [{ ip }] } },
});

describe("the probe of a pool", () => {
  let server: ApiServer;
  /** The requested address of each probe service, in order. */
  let requested: (string | undefined)[];
  /** Returns the event of MetalLB for a request, if it refuses the address. */
  let refusal: (address: string | undefined) => string | undefined;
  /** Whether the node announces, or the event that says why not. */
  let announced: boolean | string;

  beforeEach(async () => {
    [requested, refusal, announced] = [[], () => undefined, true];
    server = await ApiServer.start({
      [POOL]: { spec: { addresses: ["192.168.50.248/29"], avoidBuggyIPs: true } },
      "/api/v1/services": [],
      "/apis/metallb.io/v1beta1": { resources: [{ name: "servicel2statuses" }] },
    });
    server.change = ({ method, url, body }, answers) => {
      const [path = ""] = url.split("?");
      if (method === "DELETE") {
        delete answers[path];
        return 200;
      }
      const content = JSON.parse(body) as {
        kind: string;
        metadata: { name: string; namespace: string; annotations?: Record<string, string> };
      };
      const { name, namespace, annotations = {} } = content.metadata;
      if (content.kind === "Service") {
        const requestedAddress = annotations["metallb.io/loadBalancerIPs"];
        requested.push(requestedAddress);
        const reason = refusal(requestedAddress);
        const ingress = reason === undefined ? [{ ip: requestedAddress ?? "192.168.50.249" }] : [];
        answers[`${path}/${name}`] = { ...content, status: { loadBalancer: { ingress } } };
        const events = (field: string) =>
          `/api/v1/namespaces/${namespace}/events?fieldSelector=${encodeURIComponent(`involvedObject.uid=u1,${field}`)}`;
        answers[events("type=Warning")] = reason === undefined ? [] : [{ message: reason }];
        answers[events("reason=announceFailed")] = typeof announced === "string" ? [{ message: announced }] : [];
        answers[STATUSES] = announced === true ? [{ metadata: {}, status: { serviceName: name, serviceNamespace: namespace } }] : [];
      } else answers[`${path}/${name}`] = content;
      return new Reply(201, { ...content, metadata: { ...content.metadata, uid: "u1" } });
    };
  });
  afterEach(() => server.stop());

  /** Probes the pool of the plan. */
  async function probe(changes: Partial<PoolProbe> = {}, config: object = {}): Promise<Tried & { printed: string[] }> {
    const { plan } = plannedStack({ pools: [{ name: "lab-dev", addresses: ["192.168.50.248/29"], route: false }], ...config });
    const cluster = { server: server.url, "certificate-authority-data": base64(server.certificate.cert) };
    const tryout: PoolProbe = {
      server: apiServerOf({ text: kubeconfigFor(cluster), folder: "/" }, "lab-dev"),
      plan,
      web: { scheme: "http", port: 7472, path: "/metrics", addresses: ["10.244.0.9"], node: "m1" },
      from: "here",
      httpGet: () => Promise.resolve({ status: 200, milliseconds: 7 }),
      reach: () => Promise.reject(new Error("ECONNREFUSED")),
      neighbours: () => Promise.resolve(new Set()),
      signal: new AbortController().signal,
      ...changes,
    };
    const tried = await probePool(tryout, plan.pools[0] as PoolPlan);
    return { ...tried, printed: tried.lines.map((line) => text(line).replaceAll(/\d+ ms/g, "MS")) };
  }
  const neighbours = (...addresses: string[]) => ({ neighbours: () => Promise.resolve(new Set(addresses)) });

  it("requests the first free address, which no service has and the asking machine has not cached", async () => {
    assert.deepEqual((await probe()).printed, ["ok service lab-dev: 192.168.50.248 answers here with 200 in MS"]);
    server.answers["/api/v1/services"] = [used("shop", "192.168.50.248"), used("orphan", "192.168.50.249", {}, "former")];
    await probe(neighbours("192.168.50.250", "192.168.50.1"));
    assert.deepEqual(requested, ["192.168.50.248", "192.168.50.251"]);
  });

  it("takes any other address if another service got the requested one meanwhile", async () => {
    refusal = (address) => (address === undefined ? undefined : "can't change sharing key, address also in use by web/shop");
    assert.deepEqual((await probe()).printed, ["ok service lab-dev: 192.168.50.249 answers here with 200 in MS"]);
    assert.deepEqual(requested, ["192.168.50.248", undefined]);
  });

  it("does not pass by a cached address on the LAN that no node announces", async () => {
    announced = false;
    const all = [8, 9, 50, 51, 52, 53, 54].map((last) => `192.168.50.2${last < 10 ? `4${last}` : last}`);
    server.answers[POOL] = { spec: { addresses: ["192.168.50.249-192.168.50.250"] } };
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1500);
    const { printed } = await probe({ ...neighbours(...all, "192.168.50.249", "192.168.50.250"), signal: stop.signal });
    assert.deepEqual(printed, ["unknown service lab-dev: interrupted before it answered"], "an answer alone is no proof");
    announced = true;
    const again = await probe(neighbours("192.168.50.249", "192.168.50.250"));
    assert.deepEqual(again.printed, ["ok service lab-dev: 192.168.50.249 answers here with 200 in MS"]);
  });

  it("names an interface that the announcing node does not have, by MetalLB's event, even if the service answers by a route", async () => {
    announced = 'the interfaces specified by LB IP "192.168.50.248" doesn\'t exist in assigned node "m1" with protocol "layer2"';
    const { printed } = await probe({}, { advertisements: [{ name: "pools", interfaces: ["eth9"] }] });
    assert.deepEqual(printed, [
      `failed service lab-dev: advertisement pools (eth9) names interfaces that the announcing node does not have: ${announced}; ` +
        "correct advertisements[].interfaces; ip link on the node lists its interfaces",
    ]);
  });

  describe("without a free address", () => {
    const full = "the pool has no free address for a probe";
    beforeEach(() => (server.answers[POOL] = { spec: { addresses: ["10.5.0.1/32"] } }));

    it("connects to the service that has the address", async () => {
      server.answers["/api/v1/services"] = [used("shop", "10.5.0.1", { port: 443 })];
      const reached: unknown[] = [];
      const reach: PoolProbe["reach"] = (address, port) => {
        reached.push([address, port]);
        return Promise.resolve();
      };
      const { printed, reply, address } = await probe({ reach });
      assert.deepEqual(printed, [`ok service lab-dev: ${full}; web/shop, which has 10.5.0.1, answers here on port 443 in MS`]);
      assert.deepEqual([reached, requested, address, typeof reply?.milliseconds], [[["10.5.0.1", 443]], [], "10.5.0.1", "number"]);
    });

    it("fails if no such service accepts a connection, and warns if none has a TCP port", async () => {
      server.answers["/api/v1/services"] = [used("shop", "10.5.0.1")];
      assert.match(
        (await probe()).printed[0] ?? "",
        /^failed .*no service of it answers here: web\/shop at 10\.5\.0\.1, port 80 \(ECONNREFUSED\); /,
      );
      server.answers["/api/v1/services"] = [used("vpn", "10.5.0.1", { port: 51820, protocol: "UDP" })];
      assert.deepEqual((await probe()).printed, [
        `warning service lab-dev: ${full}, and its services (web/vpn) have no TCP port, so it was not probed`,
      ]);
    });

    it("relies on MetalLB if that counts more addresses as used", async () => {
      server.answers[POOL] = { spec: { addresses: ["10.5.0.0/30"] } };
      server.answers["/api/v1/services"] = [used("shop", "10.5.0.1")];
      refusal = () => "Failed to allocate IP: no available IPs in pool lab-dev for ipv4 IPFamily";
      assert.match(
        (await probe({ reach: () => Promise.resolve() })).printed[0] ?? "",
        /^ok service lab-dev: .*web\/shop, which has 10\.5\.0\.1, answers/,
      );
    });
  });
});

describe("a machine's neighbour table", () => {
  it("is read from ip and from arp", () => {
    const ip = "192.168.50.11 dev eth0 lladdr 02:00:00:00:00:11 STALE\nfd00:5::1 dev eth0 lladdr 02:00:00:00:00:12 router REACHABLE\n";
    assert.deepEqual([...neighboursIn(ip)], ["192.168.50.11", "fd00:5::1"]);
    const arp = "? (192.168.50.1) at 2:0:0:0:0:1 on en0 [ethernet]\nrouter.lan (192.168.50.2) at (incomplete) on en0\n";
    assert.deepEqual([...neighboursIn(arp)], ["192.168.50.1", "192.168.50.2"]);
    assert.deepEqual([...neighboursIn("")], []);
  });
});

describe("the addresses of blocks", () => {
  const blocks = (...texts: string[]) => texts.map((one) => (parsePoolAddress(one) as { value: AddressBlock }).value);
  it("are listed in MetalLB's order, without those that devices mishandle", () => {
    assert.deepEqual([...addressesIn(blocks("10.5.0.254-10.5.1.1", "fd00:5::ff/128"), true)], ["10.5.0.254", "10.5.1.1", "fd00:5::ff"]);
    assert.equal([...addressesIn(blocks("10.5.0.254-10.5.1.1"), false)].length, 4);
    assert.equal([...addressesIn(blocks("fd00:5::/64"), true)].length, 65_536);
  });
});
