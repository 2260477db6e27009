import assert from "node:assert/strict";

import fc from "fast-check";

import { broadcast, contains, overlaps, parseCidr, parseIpv4, parsePoolAddress, size, type Cidr, type Parsed } from "../../network/address";

function value<T>(parsed: Parsed<T>): T {
  assert.ok(parsed.ok, "refused");
  return parsed.value;
}

const refusal = (parsed: Parsed<unknown>) => (parsed.ok ? "accepted" : `${parsed.rule}; ${parsed.fix}`);
const cidr = (text: string) => value(parseCidr(text));

describe("addresses", () => {
  const refusals: [text: string, refusal: string][] = [
    ["10.5.0.7/24", "the address has bits set beyond its /24 prefix; did you mean 10.5.0.0/24?"],
    ["10.5.0.0", "a network needs its prefix length; did you mean 10.5.0.0/24 or 10.5.0.0/32?"],
    ["10.5.0.0/33", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/024", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/255.255.255.0", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0.0/24/24", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["10.5.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["010.5.0.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["0x0a.5.0.0/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["10.5.0.256/24", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["10.5.0.0/24; reboot", "the prefix length is not a number from 0 to 32; write a network such as 10.5.0.0/24"],
    ["", "not an IPv4 network; write one such as 10.5.0.0/24"],
    ["fd00::/64", "IPv6 has no place in the router's rule list; write an IPv4 address such as 192.168.50.11"],
    ["0.0.0.0/0", "the network is wider than a /8; write a smaller one such as 0.0.0.0/24"],
    ["10.5.0.10-10.5.0.20", "the router's static route needs a network, not a range; write a network such as 10.5.0.0/27"],
    ["10.5.0.0 - 10.5.0.255", "the router's static route needs a network, not a range; write a network such as 10.5.0.0/24"],
    ["10.5.0.20-10.5.0.10", "the range ends before it begins; did you mean 10.5.0.10-10.5.0.20?"],
    ["10.5.0.20-x", "not an IPv4 network; write one such as 10.5.0.0/24"],
  ];
  for (const [text, expected] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(refusal(parsePoolAddress(text)), expected));
  }

  it("refuses what is no dotted address", () => {
    for (const text of ["1.2.3", "1.2.3.4.5", "1.2.3.04", "1.2.3.400", "1.2.3.4 ", "1.2.3.4\n", "localhost"]) {
      assert.equal(refusal(parseIpv4(text)), "not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.11");
    }
  });

  it("derives the netmask", () => {
    const masks = [8, 24, 25, 32].map((prefix) => value(parseCidr(`10.0.0.0/${prefix}`)).netmask);
    assert.deepEqual(masks, ["255.0.0.0", "255.255.255.0", "255.255.255.128", "255.255.255.255"]);
  });

  it("knows the last address and the size", () => {
    assert.deepEqual([broadcast(cidr("10.5.0.128/25")), size(cidr("10.5.0.128/25"))], ["10.5.0.255", 128]);
  });

  const networks: fc.Arbitrary<Cidr> = fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })).map(([address, prefix]) => {
    const parsed = parsePoolAddress(`${address}/${prefix}`);
    return parsed.ok ? parsed.value : cidr(/did you mean (.*)\?/.exec(parsed.fix)?.[1] ?? "");
  });

  it("names a network that it accepts where it refuses host bits, and gives every accepted one back as it was", () => {
    fc.assert(fc.property(networks, (network) => assert.deepEqual(parseCidr(network.text), { ok: true, value: network })));
  });

  it("finds an overlap exactly where one network holds an end of the other, whichever comes first", () => {
    fc.assert(
      fc.property(networks, networks, (one, other) => {
        const shared = contains(one, other.network) || contains(one, broadcast(other)) || contains(other, one.network);
        assert.equal(overlaps(one, other), shared);
        assert.equal(overlaps(other, one), shared);
      }),
    );
  });

  it("holds its own first and last address and not their neighbours", () => {
    assert.deepEqual(
      ["10.4.255.255", "10.5.0.0", "10.5.0.255", "10.5.1.0"].map((text) => contains(cidr("10.5.0.0/24"), value(parseIpv4(text)))),
      [false, true, true, false],
    );
  });
});
