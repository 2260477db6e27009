import type { Lab } from "../../lab/lab";
import { FOREIGN } from "../../lab/rounds";
import { pulumi } from "./lab";
import type { RoutedStack } from "./routed-stack";

/** The route of lab-dev in the router's list, in the kernel's table, and in the stack file. */
export const RECORD = "<10.5.0.0>255.255.255.0>192.168.50.11>0>LAN";
export const IN_PLACE = "10.5.0.0/24 via 192.168.50.11 dev br0 metric 1";
export const POOL = 'pools[0].addresses[0] = "10.5.0.0/24"';
/** What somebody has who followed the document and typed three values into the form. */
export const BY_HAND = "<10.5.0.0>255.255.255.0>192.168.50.11>>LAN";

/** What may become of the route on the router, and what a preview then tells. */
export const DAMAGES: readonly (readonly [what: string, damage: string, told: readonly string[]])[] = [
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

/** Where the tests of the route begin, whatever the one before them has left, or did not come to. */
export class RouteStart {
  /** Whether the stack is known to be as its file says, and whether it may be up at all. */
  private isUp = false;
  private mayBeUp = false;

  constructor(
    private readonly lab: Lab,
    private readonly on: RoutedStack,
  ) {}

  /** After a test that failed nothing is known. */
  forget(): void {
    this.isUp = false;
    this.mayBeUp = true;
  }

  /** The stack was never up, and somebody has made its route by hand, beside one of the household's. */
  async byHand(): Promise<void> {
    await this.undamaged();
    const { list, live } = await this.on.state();
    if (!this.mayBeUp && list === `${FOREIGN}${BY_HAND}` && live.length === 1) return;
    const isEmpty = !(await pulumi(this.lab, "lab-dev", ["stack", "export"])).includes('"urn"');
    if (!isEmpty) await pulumi(this.lab, "lab-dev", ["destroy", "--yes", "--skip-preview", "--run-program"]);
    [this.isUp, this.mayBeUp] = [false, false];
    await this.lab.router.bootWith(`${FOREIGN}${BY_HAND}`, this.lab.lan);
  }

  /** The stack is up, and the router has its route after one of the household's. */
  async inPlace(): Promise<void> {
    await this.undamaged();
    const { list, live } = await this.on.state();
    const isThere = list === FOREIGN + RECORD && live.length === 1 && live[0] === IN_PLACE;
    if (this.isUp && isThere) return;
    await this.on.router(`nvram set 'sr_rulelist=${FOREIGN}${RECORD}' set sr_enable_x=1 commit; ip route flush root 10.0.0.0/8`);
    await this.on.router("ip route add 10.5.0.0/24 via 192.168.50.11 dev br0 metric 1");
    this.on.edited.write({ "router.adopt": true });
    await this.on.up();
    this.on.edited.reset();
    await this.on.up();
    [this.isUp, this.mayBeUp] = [true, true];
  }

  private async undamaged(): Promise<void> {
    this.on.edited.reset();
    await this.on.router("rm -f /bin/nvram /tmp/once /tmp/at-set; ip link set eth0 up");
  }
}
