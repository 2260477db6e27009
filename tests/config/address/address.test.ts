import assert from "node:assert/strict";

import fc from "fast-check";

import {
  broadcast,
  contains,
  isCidr,
  overlaps,
  parseCidr,
  parseIpv4,
  parsePoolAddress,
  parseReserved,
  size,
  type AddressBlock,
  type Cidr,
  type Parsed,
} from "../../../config/address/address";

function value<T>(parsed: Parsed<T>): T {
  assert.ok(parsed.ok, "refused");
  return parsed.value;
}

const refusal = (parsed: Parsed<unknown>) => (parsed.ok ? "accepted" : `${parsed.rule}; ${parsed.fix}`);
const cidr = (text: string) => value(parseCidr(text));

describe("address parsing", () => {
  const refusals: [text: string, refusal: string][] = [
    ["10.5.0.7/24", "the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?"],
    ["10.5.0.0", "a network needs its prefix length; did you mean 10.5.0.0/24 or 10.5.0.0/32?"],
    ["10.5.0.0/33", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/024", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/255.255.255.0", "the netmask follows from the prefix length; did you mean 10.5.0.0/24?"],
    ["10.5.0.0/255.0.255.0", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/24/24", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["010.5.0.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["0x0a.5.0.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["10.5.0.256/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["10.5.0.0/24; reboot", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["0.0.0.0/0", "wider than a /8; write a smaller network such as 10.5.0.0/24"],
    ["10.0.0.0-11.0.0.0", "wider than a /8; write a smaller network such as 10.5.0.0/24"],
    ["0.5.0.0/24", "0.0.0.0/8 means this very host; write a private network such as 10.5.0.0/24"],
    ["169.254.5.0/24", "169.254.0.0/16 never leaves its link; write a private network such as 10.5.0.0/24"],
    ["223.255.255.255-224.0.0.1", "224.0.0.0/4 is for multicast; write a private network such as 10.5.0.0/24"],
    ["255.255.255.255/32", "240.0.0.0/4 is reserved; write a private network such as 10.5.0.0/24"],
    ["10.5.0.20-10.5.0.10", "the range ends before it begins; did you mean 10.5.0.10-10.5.0.20?"],
    ["10.5.0.10 - 10.5.0.20", "a range is written without spaces; did you mean 10.5.0.10-10.5.0.20?"],
    ["10.5.0.10-10.5.0.20-10.5.0.30", "not a range of two addresses of one family; write one such as 10.5.0.10-10.5.0.20"],
    ["10.5.0.10-20", "not a range of two addresses of one family; write one such as 10.5.0.10-10.5.0.20"],
    ["10.5.0.10-fd00::1", "not a range of two addresses of one family; write one such as 10.5.0.10-10.5.0.20"],
    ["10.5.0.20-x", "neither a network nor a range of addresses; write one such as 10.5.0.0/24 or 10.5.0.10-10.5.0.20"],
    ["fd00::1/64", "the address has bits set beyond its /64 prefix; did you mean fd00::/64?"],
    ["fd00::", "a network needs its prefix length; did you mean fd00::/128?"],
    ["fd00::/129", "the prefix length is not a number from 0 to 128; write a network such as fd00:5::/64"],
    ["fd00:0::/64", "not the short form of this IPv6 network; did you mean fd00::/64?"],
    ["FD00::/64", "not the short form of this IPv6 network; did you mean fd00::/64?"],
    ["fd00:::/64", "not an IPv6 network; write one such as fd00:5::/64"],
    ["fd00::10-fd00::0:20", "not the short form of these addresses; did you mean fd00::10-fd00::20?"],
    ["fd00::20-fd00::10", "the range ends before it begins; did you mean fd00::10-fd00::20?"],
    ["fd00::/16", "wider than a /32; write a smaller network such as fd00:5::/64"],
    ["fe80::/64", "fe80::/10 never leaves its link; write a private network such as fd00:5::/64"],
    ["ff02::/64", "ff00::/8 is for multicast; write a private network such as fd00:5::/64"],
    ["::1/128", "::/8 is reserved; write a private network such as fd00:5::/64"],
    // Go reads this form as IPv4, so MetalLB would see an overlap that a comparison of families misses.
    ["::ffff:10.5.0.1-::ffff:10.5.0.9", "not the short form of these addresses; did you mean 10.5.0.1-10.5.0.9?"],
    ["::ffff:a05:0/120", "an IPv4 network in the form of an IPv6 network; did you mean 10.5.0.0/24?"],
    ["::ffff:10.5.0.0/120", "an IPv4 network in the form of an IPv6 network; did you mean 10.5.0.0/24?"],
    ["::ffff:10.5.0.0/90", "an IPv4 network in the form of an IPv6 network; write an IPv4 network such as 10.5.0.0/24"],
    ["::ffff:10.5.0.7", "a network needs its prefix length; did you mean 10.5.0.7/32?"],
    ["FD00::7", "a network needs its prefix length; did you mean fd00::7/128?"],
    ["fd00::10.5.0.0/120", "not the short form of this IPv6 network; did you mean fd00::a05:0/120?"],
  ];
  for (const [text, expected] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(refusal(parsePoolAddress(text)), expected));
  }

  it("accepts the address that its message suggests", () => {
    const suggested = refusals.flatMap(([, expected]) => /did you mean (.*)\?$/.exec(expected)?.[1]?.split(" or ") ?? []);
    assert.ok(suggested.length > 10);
    // These have more than one mistake.
    const refused = suggested.filter((text) => !parsePoolAddress(text).ok);
    assert.deepEqual(refused, []);
  });

  it("refuses a text that is not a dotted address", () => {
    for (const text of ["1.2.3", "1.2.3.4.5", "1.2.3.04", "1.2.3.400", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.4:53", "localhost"]) {
      assert.equal(refusal(parseIpv4(text)), "not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11");
    }
  });

  it("accepts a single address as reserved, and not as a pool", () => {
    assert.deepEqual(
      ["10.5.0.7", "fd00::7", "10.5.0.0/24", "10.5.0.1-10.5.0.9"].map((text) => value(parseReserved(text)).text),
      ["10.5.0.7", "fd00::7", "10.5.0.0/24", "10.5.0.1-10.5.0.9"],
    );
    assert.equal(refusal(parseReserved("10.5.0.300")), "not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11");
  });

  it("returns the first and last address of a block", () => {
    const ends = ["10.5.0.0/25", "10.5.0.9-10.5.1.3", "fd00:5::/120", "fd00::1-fd00::1:0"].map((text) => value(parsePoolAddress(text)));
    assert.deepEqual(
      ends.map(({ family, first, last }) => [family, first, last]),
      [
        [4, "10.5.0.0", "10.5.0.127"],
        [4, "10.5.0.9", "10.5.1.3"],
        [6, "fd00:5::", "fd00:5::ff"],
        [6, "fd00::1", "fd00::1:0"],
      ],
    );
    assert.deepEqual(ends.map(isCidr), [true, false, false, false]);
  });

  it("derives the netmask of a network", () => {
    const masks = [8, 24, 25, 32].map((prefix) => value(parseCidr(`10.0.0.0/${prefix}`)).netmask);
    assert.deepEqual(masks, ["255.0.0.0", "255.255.255.0", "255.255.255.128", "255.255.255.255"]);
  });

  it("returns the last address and the size of a network", () => {
    assert.deepEqual([broadcast(cidr("10.5.0.128/25")), size(cidr("10.5.0.128/25"))], ["10.5.0.255", 128]);
  });

  const networks: fc.Arbitrary<Cidr> = fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })).map(([address, prefix]) => {
    const parsed = parseCidr(`${address}/${prefix}`);
    return parsed.ok ? parsed.value : cidr(/did you mean (.*)\?/.exec(parsed.fix)?.[1] ?? "");
  });
  /** Returns every address of a small block. */
  const members = ({ family, first, last }: AddressBlock): string[] => {
    const [base, from] = family === 4 ? (first.match(/^(.*\.)(\d+)$/) ?? []).slice(1) : ["fd00::", first.slice(6)];
    const radix = family === 4 ? 10 : 16;
    // "fd00::" has no digits after its prefix.
    const [start = 0, to = 0] = [from ?? "", family === 4 ? last.slice(last.lastIndexOf(".") + 1) : last.slice(6)].map((digits) =>
      parseInt(digits || "0", radix),
    );
    return Array.from({ length: to - start + 1 }, (_, step) => `${base}${(start + step).toString(radix)}`);
  };
  const small = fc
    .tuple(fc.constantFrom(4, 6), fc.nat(255), fc.nat(20))
    .map(([family, from, length]) =>
      [from, Math.min(from + length, 255)].map((at) => (family === 4 ? `10.5.0.${at}` : `fd00::${at.toString(16)}`)),
    )
    .map(([from = "", to = ""]) => value(parsePoolAddress(`${from}-${to}`.replaceAll("fd00::0", "fd00::"))));

  it("finds an overlap of ranges only if both contain an address", () => {
    fc.assert(
      fc.property(small, small, (one, other) => {
        const inOther = new Set(members(other));
        assert.equal(
          overlaps(one, other),
          members(one).some((address) => inOther.has(address)),
        );
      }),
    );
  });

  it("suggests the network for an address with host bits, and returns every accepted network unchanged", () => {
    fc.assert(fc.property(networks, (network) => assert.deepEqual(parseCidr(network.text), { ok: true, value: network })));
  });

  it("finds an overlap only if one network contains an end of the other, in either order", () => {
    fc.assert(
      fc.property(networks, networks, (one, other) => {
        const shared = contains(one, other.network) || contains(one, broadcast(other)) || contains(other, one.network);
        assert.equal(overlaps(one, other), shared);
        assert.equal(overlaps(other, one), shared);
      }),
    );
  });

  it("contains its first and last address and not the neighbouring ones", () => {
    assert.deepEqual(
      ["10.4.255.255", "10.5.0.0", "10.5.0.255", "10.5.1.0"].map((text) => contains(cidr("10.5.0.0/24"), value(parseIpv4(text)))),
      [false, true, true, false],
    );
  });
});
