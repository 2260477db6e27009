import assert from "node:assert/strict";
import { conflict, contestedSeconds, parseClaim, type Claim } from "../../../lab/failover/arp";

describe("claims of an address", () => {
  const address = "192.168.50.240";
  const one = "02:00:00:00:00:01";
  const two = "02:00:00:00:00:02";

  it("are answers, and unsolicited broadcasts", () => {
    const everybody = "ff:ff:ff:ff:ff:ff";
    const lines: ReadonlyArray<readonly [line: string, gratuitous: boolean]> = [
      [`1764052411.123456 ${one} > ${two}, ethertype ARP (0x0806), length 60: Reply ${address} is-at ${one}, length 46`, false],
      [`1764052411.123456 ${one} > ${everybody}, ethertype ARP (0x0806), length 42: Announcement ${address}, length 28`, true],
      [`1764052411.123456 ${one} > ${everybody}, ethertype ARP (0x0806), length 42: Reply ${address} is-at ${one}, length 28`, true],
      [
        `1764052411.123456 ${one} > ${everybody}, ethertype ARP (0x0806), length 60: Request who-has ${address} (${everybody}) tell ${address}, length 46`,
        true,
      ],
    ];
    for (const [line, gratuitous] of lines) {
      assert.deepEqual(parseClaim(line, address), { at: 1764052411123.456, mac: one, gratuitous }, line);
    }
  });

  it("are no questions, and no frames about another address", () => {
    for (const printed of [
      `Request who-has ${address} tell 192.168.50.1, length 28`,
      `Reply 192.168.50.24 is-at ${one}, length 28`,
      `Announcement ${address}1, length 28`,
    ]) {
      assert.equal(parseClaim(`1764052411.5 ${one} > ${two}, ethertype ARP (0x0806), length 42: ${printed}`, address), undefined, printed);
    }
    assert.equal(parseClaim("tcpdump: listening on lan", address), undefined);
  });

  it("are in conflict from the final owner's first claim to another host's last one", () => {
    const claims = (...all: ReadonlyArray<readonly [at: number, mac: string]>): Claim[] =>
      all.map(([at, mac]) => ({ at, mac, gratuitous: false }));
    const handover = claims([1000, one], [2000, one], [5000, two], [6000, two]);
    assert.equal(conflict(handover, 0), 0);
    const returned = [...handover, ...claims([9000, two], [9100, one], [9700, two], [9900, one])];
    assert.equal(conflict(returned, 8000), 600);
    // Earlier claims do not count: both hosts were owners, one after the other.
    assert.equal(conflict(returned, 9800), 0);
    assert.equal(conflict([], 0), 0);
  });

  it("are contested in each second with claims of two hosts", () => {
    const claims = [
      [1000, one],
      [1900, one],
      [2100, one],
      [2200, two],
      [2900, two],
      [3500, two],
      [4000, one],
      [4100, two],
    ] as const;
    assert.equal(contestedSeconds(claims.map(([at, mac]) => ({ at, mac, gratuitous: false }))), 2);
    assert.equal(contestedSeconds([]), 0);
  });
});
