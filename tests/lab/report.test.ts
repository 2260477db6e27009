import assert from "node:assert/strict";
import { plansOf } from "../../config/plans";
import * as report from "../../lab/report";
import { topologyOf } from "../../lab/topology";
import { HOUSEHOLD } from "../support/stack-files";

describe("the lab's report", () => {
  it("draws the network of the plans", () => {
    const pools = new Map([
      ["lab-dev", "10.5.0.0/24"],
      ["lab-prod", "10.6.0.0/24"],
    ]);
    assert.equal(
      report.map(topologyOf(plansOf(HOUSEHOLD)), pools),
      `LAN 192.168.50.0/24
  ┬── router 192.168.50.1   the Asus router's twin, ssh homelab@192.168.50.1
  ├── lab-dev-master 192.168.50.11   <- route 10.5.0.0/24
  ├── lab-prod-master 192.168.50.21   <- route 10.6.0.0/24
  ├── client 192.168.50.128   a device on the LAN, default route to the router
  └── operator 192.168.50.129   the host that runs pulumi and kubectl`,
    );
  });

  it("draws a route only to the first of a cluster's nodes", () => {
    const drawn = report.map(topologyOf(plansOf(HOUSEHOLD), { workers: 1 }), new Map([["lab-prod", "10.6.0.0/24"]]));
    assert.match(drawn, /lab-prod-master 192\.168\.50\.21 {3}<- route 10\.6\.0\.0\/24\n {2}├── lab-prod-worker-1 192\.168\.50\.22\n/);
  });

  it("has every column for each answer", () => {
    const answer = { stack: "lab-dev", pool: "10.5.0.0/24", nextHop: "192.168.50.11", address: "10.5.0.1", status: 200, pod: "whoami-1" };
    const [header = "", , row = ""] = report.answers([{ ...answer, milliseconds: 7 }]).split("\n");
    assert.deepEqual(header.split(/ {2,}/), ["stack", "pool", "next hop", "service address", "HTTP answer", "time"]);
    assert.deepEqual(row.split(/ {2,}/), ["lab-dev", "10.5.0.0/24", "192.168.50.11", "10.5.0.1", "200 from whoami-1", "7 ms"]);
  });

  it("names the next commands with an existing stack", () => {
    const text = report.nextCommands("lab-dev");
    for (const command of ["make -s lab-pulumi STACK=lab-dev", "make -s lab-kubectl STACK=lab-dev", "make -s lab-exec", "make lab-down"])
      assert.ok(text.includes(command), command);
  });
});
