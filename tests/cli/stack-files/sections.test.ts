import { editDev, appendToDev, describeCases, type Case } from "./cases";

const section = (text: string) => appendToDev(`  homelab-network:${text}\n`);
const commented = "      # - 192.168.50.100-192.168.50.199";

describeCases("a section or a list whose entries are all commented out", [
  ["reserved", section("reserved:\n    # dhcp: [192.168.50.100-192.168.50.199]")],
  ["reserved.dhcp", section(`reserved:\n    dhcp:\n${commented}`)],
  ["every list of reserved", section("reserved:\n    dhcp:\n    nodes:\n    pods:\n    services:\n    others:")],
  ["metallb", section("metallb:\n    # version: 0.15.3")],
  ["metallb.values", section("metallb:\n    values:\n      # speaker: {}")],
  ["advertisements", section("advertisements:\n    # - name: pools")],
  ["an advertisement's lists", section("advertisements:\n    - name: pools\n      pools:\n      interfaces:\n      nodeSelectors:")],
  ["a pool's serviceAllocation", editDev("addresses: [10.5.0.0/24]", "addresses: [10.5.0.0/24]\n      serviceAllocation:")],
  ["a list written as null or ~", section("reserved: { dhcp: null, nodes: ~ }")],
  ["a Helm value that is null, which removes a default of the chart", section("metallb: { values: { speaker: { tolerations: null } } }")],
  [
    "pools, of which there must be one",
    editDev("    - name: lab-dev\n      addresses: [10.5.0.0/24]\n", ""),
    "Pulumi.lab-dev.yaml:8: pools = nothing: missing; set it to a list of pools, each with name and addresses",
  ],
  [
    "a pool's addresses, of which there must be one",
    editDev("addresses: [10.5.0.0/24]", "addresses:"),
    "Pulumi.lab-dev.yaml:10: pools[0].addresses = nothing: missing; set it to a list of networks, such as [10.5.0.0/24], with route: false also of ranges and IPv6",
  ],
  [
    "the next hop's addresses",
    editDev("addresses: [192.168.50.11]", "addresses:"),
    "Pulumi.lab-dev.yaml:14: gateway.addresses = nothing: missing; set it to a list of one address, in mode node the master's or auto, such as [192.168.50.11]",
  ],
  [
    "a value that is no list",
    editDev("user: homelab", "user: homelab\n    port:"),
    "Pulumi.lab-dev.yaml:21: router.port = null: not a number; set it to the router's SSH port, 1 to 65535",
  ],
  [
    "an entry of a list",
    section("reserved:\n    dhcp:\n      -"),
    "Pulumi.lab-dev.yaml:24: reserved.dhcp[0] = null: not a string; set it to an address, a range or a network",
  ],
]);

const sections = "known here are cluster, metallb, pools, advertisements, gateway, router, names, domains, reserved";
const inherited = [
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "__proto__",
  "__defineGetter__",
  "toLocaleString",
];
const keys =
  "known here are type, host, lan, user, port, privateKeyFile, privateKey, password, agent, hostKey, acceptAnyHostKey, adopt, enableDormant, observe, reservations, metric";

describeCases("a key that every object inherits", [
  ...inherited.map((name): Case => [
    `${name} as a section`,
    section(`${name}: { a: 1 }`),
    `Pulumi.lab-dev.yaml:22: ${name} = (not shown): unknown key; ${sections}`,
  ]),
  ...inherited.map((name): Case => [
    `${name} in the router`,
    editDev("user: homelab", `user: homelab\n    ${name}: 1`),
    `Pulumi.lab-dev.yaml:21: router.${name} = (not shown): unknown key; ${keys}`,
  ]),
]);

const pool = (text: string) => editDev("addresses: [10.5.0.0/24]", `addresses: [10.5.0.0/24]\n    - name: more\n${text}`);
const empty =
  "no address is left, because avoidBuggyIPs excludes those that end in .0 and .255; use other addresses, or set avoidBuggyIPs: false on the pool";

describeCases("a pool's addresses", [
  [
    "one address that ends in 0",
    pool("      addresses: [10.7.0.0/32]"),
    `Pulumi.lab-dev.yaml:12: pools[1].addresses[0] = "10.7.0.0/32": ${empty}`,
  ],
  [
    "one address that ends in 255",
    pool("      addresses: [10.7.0.255/32]"),
    `Pulumi.lab-dev.yaml:12: pools[1].addresses[0] = "10.7.0.255/32": ${empty}`,
  ],
  [
    "a range of two such addresses",
    pool("      addresses: [10.7.0.255-10.7.1.0]\n      route: false"),
    `Pulumi.lab-dev.yaml:12: pools[1].addresses[0] = "10.7.0.255-10.7.1.0": ${empty}`,
  ],
  [
    "several such addresses",
    pool("      addresses: [10.7.0.0/32, 10.8.0.0/32]"),
    `Pulumi.lab-dev.yaml:12: pools[1].addresses = a list: ${empty}`,
  ],
  ["one such address that services may get", pool("      addresses: [10.7.0.0/32]\n      avoidBuggyIPs: false")],
  ["one such address beside others", pool("      addresses: [10.7.0.0/32, 10.8.0.7/32]")],
  ["one IPv6 address that ends in 0", pool('      addresses: ["fd00:5::/128"]\n      route: false')],
  [
    "an IPv4 network in IPv6",
    pool('      addresses: ["::ffff:10.7.0.0/120"]'),
    'Pulumi.lab-dev.yaml:12: pools[1].addresses[0] = "::ffff:10.7.0.0/120": an IPv4 network in the form of an IPv6 network; did you mean 10.7.0.0/24?',
  ],
  ["what that message suggests", pool("      addresses: [10.7.0.0/24]")],
]);

describeCases("an encrypted value", [
  [
    "an empty password",
    editDev("privateKeyFile: ~/.ssh/id_ed25519", "password:\n      secure: ''"),
    'Pulumi.lab-dev.yaml:21: router.password = an encrypted value: empty; set it again with "pulumi config set --path --secret router.password"',
  ],
  [
    "a LAN that must not be encrypted",
    editDev("lan: 192.168.50.0/24", "lan: { secure: v1:abc }"),
    'Pulumi.lab-dev.yaml:19: router.lan = an encrypted value: not a secret, and needed here; set it again with "pulumi config set --path" and without --secret',
  ],
  ["a password", editDev("privateKeyFile: ~/.ssh/id_ed25519", "password:\n      secure: v1:abc")],
]);
