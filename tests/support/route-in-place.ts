import type { Lab } from "../../lab/lab";
import { FOREIGN } from "../../lab/rounds";
import { pulumi } from "./lab";
import type { RoutedStack } from "./routed-stack";

/** The route of lab-dev in the router's list, and in its routing table. */
export const RECORD = "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";
export const IN_PLACE = "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1";
export const POOL = 'pools[0].addresses[0] = "10.5.0.0/24"';
/** The record that results from typing three values into the router's form, as the document describes. */
export const BY_HAND = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";

/** Damages to the route on the router, and what a preview prints for each. */
export const DAMAGES: readonly (readonly [what: string, damage: string, reported: readonly string[]])[] = [
  [
    "missing",
    `nvram set 'sr_rulelist=${FOREIGN}'; ip route del 10.5.0.0/24`,
    ["its record is missing from the router's list", "it is missing from the router's table"],
  ],
  [
    "altered on the page",
    `nvram set 'sr_rulelist=<10.5.0.0>255.255.255.0>192.168.50.21>0>LAN${FOREIGN}'; ip route replace 10.5.0.0/24 via 192.168.50.21 dev br0 metric 1`,
    [
      "its record was changed on the router to '<10.5.0.0>255.255.255.0>192.168.50.21>0>LAN'",
      "it is missing from the router's table",
      "the router's table has '10.5.0.0/24 via 192.168.50.21 dev br0 metric 1' for the same destination",
    ],
  ],
  [
    "doubled",
    `nvram set 'sr_rulelist=${RECORD}${FOREIGN}${BY_HAND}'; ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 7`,
    [
      "its record is in the router's list twice",
      "the router's table has '10.5.0.0/24 via 192.168.50.11 dev br0 metric 7' for the same destination",
    ],
  ],
];

/** Prepares the router for a test of the route, whatever the previous test left behind. */
export class RouteStart {
  /** Whether the stack is known to match its file, and whether it may be deployed at all. */
  private isUp = false;
  private mayBeUp = false;

  constructor(
    private readonly lab: Lab,
    private readonly on: RoutedStack,
  ) {}

  /** Forgets what is known, after a failed test. */
  forget(): void {
    this.isUp = false;
    this.mayBeUp = true;
  }

  /** Prepares a stack that was never deployed, with its route entered by hand beside an unmanaged one. */
  async byHand(): Promise<void> {
    await this.undamaged();
    const { list, live } = await this.on.state();
    if (!this.mayBeUp && list === `${FOREIGN}${BY_HAND}` && live.length === 1) return;
    const isEmpty = !(await pulumi(this.lab, "lab-dev", ["stack", "export"])).includes('"urn"');
    if (!isEmpty) await pulumi(this.lab, "lab-dev", ["destroy", "--yes", "--skip-preview", "--run-program"]);
    [this.isUp, this.mayBeUp] = [false, false];
    await this.lab.router.bootWith(`${FOREIGN}${BY_HAND}`, this.lab.lan);
  }

  /** Says that the stack is deployed as its file says, whatever the router has. */
  isDeployed(): void {
    [this.isUp, this.mayBeUp] = [true, true];
  }

  /** Prepares a deployed stack, with its route after an unmanaged one on the router. */
  async inPlace(): Promise<void> {
    await this.undamaged();
    const { list, live } = await this.on.state();
    if (list !== FOREIGN + RECORD || live.length !== 1 || live[0] !== IN_PLACE) {
      await this.on.router(`nvram set 'sr_rulelist=${FOREIGN}${RECORD}' set sr_enable_x=1 commit; ip route flush root 10.0.0.0/8`);
      await this.on.router("ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 1");
    }
    if (this.isUp) return;
    this.on.edited.write({ "router.adopt": true });
    await this.on.up();
    this.on.edited.reset();
    await this.on.up();
    this.isDeployed();
  }

  private async undamaged(): Promise<void> {
    this.on.edited.reset();
    await this.on.router("rm -f /bin/nvram /tmp/once /tmp/at-set; ip link set eth0 up");
  }
}
