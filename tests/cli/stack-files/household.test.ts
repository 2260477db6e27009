import { all, editDev, appendToDev, editProd, appendToProd, describeCases } from "./cases";

const networks = (first: number, count: number) => Array.from({ length: count }, (_, index) => `10.${first}.${index}.0/24`).join(", ");
const devPools = (addresses: string) => editDev("[10.5.0.0/24]", `[${addresses}]`);
const prodPools = (addresses: string) => editProd("[10.6.0.0/24]", `[${addresses}]`);
const crash = "and from 20 routes or 1000 bytes on the firmware may crash at boot; merge pools or remove routes";
const metric = "metric: 999\n    user: homelab";

describeCases("the routes of one router", [
  [
    "20 networks in one file",
    devPools(networks(5, 20)),
    `Pulumi.lab-dev.yaml:18: router.host = "192.168.50.1": its list would hold 20 routes in 870 bytes, ${crash}`,
  ],
  [
    "300 pools in one file",
    editDev(
      "    - name: lab-dev\n      addresses: [10.5.0.0/24]",
      Array.from({ length: 300 }, (_, i) => `    - { name: p${i}, addresses: [10.${50 + Math.floor(i / 250)}.${i % 250}.0/24] }`).join(
        "\n",
      ),
    ),
    `Pulumi.lab-dev.yaml:316: router.host = "192.168.50.1": its list would hold 300 routes in 13630 bytes, ${crash}`,
  ],
  [
    "10 networks in each of two files",
    all(devPools(networks(5, 10)), prodPools(networks(6, 10))),
    `Pulumi.lab-prod.yaml:20: router.host = "192.168.50.1": its list would hold 20 routes in 860 bytes (lab-dev 10, lab-prod 10), ${crash}`,
  ],
  [
    "few routes whose records are long",
    all(devPools(Array.from({ length: 19 }, (_, i) => `172.16.100.${112 + i * 4}/30`).join(", ")), editDev("user: homelab", metric)),
    `Pulumi.lab-dev.yaml:18: router.host = "192.168.50.1": its list would hold 19 routes in 1007 bytes, ${crash}`,
  ],
  [
    "a next hop that is not known yet",
    all(devPools(networks(5, 20)), editDev("[192.168.50.11]", "[auto]")),
    `Pulumi.lab-dev.yaml:18: router.host = "192.168.50.1": its list would hold 20 routes in 850 bytes, ${crash}`,
  ],
  ["10 networks and 9 networks", all(devPools(networks(5, 10)), prodPools(networks(6, 9)))],
  [
    "two routers with 10 networks each",
    all(devPools(networks(5, 10)), prodPools(networks(6, 10)), editProd("host: 192.168.50.1", "host: 192.168.50.2")),
  ],
  [
    "20 networks without routes",
    editDev("[10.5.0.0/24]", `[10.5.0.0/24]\n    - name: more\n      addresses: [${networks(7, 20)}]\n      route: false`),
  ],
  [
    "20 networks on a router whose routes the user enters",
    all(devPools(networks(5, 20)), editDev("host: 192.168.50.1", "host: 192.168.50.1\n    type: manual")),
  ],
]);

const free = "give each cluster addresses of its own";

describeCases("what one stack says of another's addresses", [
  ["another stack's pool in reserved.others", appendToDev("  homelab-network:reserved: { others: [10.6.0.0/24] }\n")],
  [
    "pools in reserved.others both ways",
    all(
      appendToDev("  homelab-network:reserved: { others: [10.6.0.0/24] }\n"),
      appendToProd("  homelab-network:reserved: { others: [10.5.0.0/24] }\n"),
    ),
  ],
  ["another stack's pool as a range in reserved.others", appendToDev("  homelab-network:reserved: { others: [10.6.0.0-10.6.0.255] }\n")],
  [
    "two adjacent pools of another stack as one network in reserved.others",
    all(prodPools("10.6.0.0/24, 10.6.1.0/24"), appendToDev("  homelab-network:reserved: { others: [10.6.0.0/23] }\n")),
  ],
  [
    "more than another stack's pool in reserved.others",
    appendToDev("  homelab-network:reserved: { others: [10.6.0.0/23] }\n"),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.0/23, set aside for something else (Pulumi.lab-dev.yaml:22: reserved.others[0]); ${free}`,
  ],
  [
    "a part of another stack's pool in reserved.others",
    appendToDev("  homelab-network:reserved: { others: [10.6.0.7] }\n"),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.7, set aside for something else (Pulumi.lab-dev.yaml:22: reserved.others[0]); ${free}`,
  ],
  [
    "another stack's pool in reserved.dhcp",
    appendToDev("  homelab-network:reserved: { dhcp: [10.6.0.0/24] }\n"),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.0/24, what the router hands out by DHCP (Pulumi.lab-dev.yaml:22: reserved.dhcp[0]); ${free}`,
  ],
  [
    "another stack's next hop in reserved.nodes",
    appendToDev("  homelab-network:reserved: { nodes: [192.168.50.21] }\n"),
    `Pulumi.lab-prod.yaml:16: gateway.addresses[0] = "192.168.50.21": overlaps 192.168.50.21, where the cluster's nodes are (Pulumi.lab-dev.yaml:22: reserved.nodes[0]); ${free}`,
  ],
  [
    "an earlier stack's next hop in reserved.nodes",
    appendToProd("  homelab-network:reserved: { nodes: [192.168.50.10-192.168.50.19] }\n"),
    `Pulumi.lab-dev.yaml:14: gateway.addresses[0] = "192.168.50.11": overlaps 192.168.50.10-192.168.50.19, where the cluster's nodes are (Pulumi.lab-prod.yaml:24: reserved.nodes[0]); ${free}`,
  ],
  [
    "another stack's next hop in reserved.others",
    appendToDev("  homelab-network:reserved: { others: [192.168.50.16/28] }\n"),
    `Pulumi.lab-prod.yaml:16: gateway.addresses[0] = "192.168.50.21": overlaps 192.168.50.16/28, set aside for something else (Pulumi.lab-dev.yaml:22: reserved.others[0]); ${free}`,
  ],
  [
    "another stack's next hop in reserved.others, in mode external",
    all(editProd("mode: node", "mode: external"), appendToDev("  homelab-network:reserved: { others: [192.168.50.21] }\n")),
    `Pulumi.lab-prod.yaml:16: gateway.addresses[0] = "192.168.50.21": overlaps 192.168.50.21, set aside for something else (Pulumi.lab-dev.yaml:22: reserved.others[0]); ${free}`,
  ],
  [
    "another stack's next hop among the addresses of DHCP, where the router may reserve it",
    appendToDev("  homelab-network:reserved: { dhcp: [192.168.50.2-192.168.50.99] }\n"),
  ],
  [
    "another stack's next hop as router.host",
    editDev("host: 192.168.50.1", "host: 192.168.50.21"),
    `Pulumi.lab-prod.yaml:16: gateway.addresses[0] = "192.168.50.21": overlaps 192.168.50.21, the router of stack lab-dev (Pulumi.lab-dev.yaml:18: router.host); ${free}`,
  ],
  [
    "a pool with another stack's router",
    all(editDev("host: 192.168.50.1", "host: 10.6.0.1")),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.1, the router of stack lab-dev (Pulumi.lab-dev.yaml:18: router.host); ${free}`,
  ],
  [
    "a pool on another stack's LAN",
    all(
      editDev("host: 192.168.50.1", "host: 10.6.0.1"),
      editDev("lan: 192.168.50.0/24", "lan: 10.6.0.0/24"),
      editDev("[192.168.50.11]", "[10.6.0.11]"),
    ),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.0/24, the LAN of stack lab-dev (Pulumi.lab-dev.yaml:19: router.lan); ${free}`,
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.1, the router of stack lab-dev (Pulumi.lab-dev.yaml:18: router.host); ${free}`,
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.6.0.0/24": overlaps 10.6.0.11, the address of a node (Pulumi.lab-dev.yaml:14: gateway.addresses[0]); ${free}`,
  ],
  [
    "a pool over another stack's service network by default",
    all(editProd("[10.6.0.0/24]", "[10.100.0.0/24]"), appendToProd("  homelab-network:reserved: { services: [10.43.0.0/16] }\n")),
    `Pulumi.lab-prod.yaml:10: pools[0].addresses[0] = "10.100.0.0/24": overlaps 10.96.0.0/12, the cluster's own service network (Pulumi.lab-dev.yaml: the default of reserved.services); ${free}`,
  ],
]);

const ed25519 = (text: string) => `user: homelab\n    hostKey: ssh-ed25519 ${text}`;
const ecdsa = `user: homelab\n    hostKey: ecdsa-sha2-nistp256 AAAAE2VjZHNh`;

describeCases("what two stacks say of one router", [
  [
    "different LANs",
    editProd("lan: 192.168.50.0/24", "lan: 192.168.0.0/16"),
    `Pulumi.lab-prod.yaml:21: router.lan = "192.168.0.0/16": stack lab-dev has 192.168.50.0/24 for the same router 192.168.50.1 (Pulumi.lab-dev.yaml:19: router.lan); write the router's LAN in both`,
  ],
  [
    "different LANs of a router with a name, in another case",
    all(
      editDev("host: 192.168.50.1", "host: router.lan"),
      editProd("host: 192.168.50.1", "host: Router.LAN"),
      editProd("lan: 192.168.50.0/24", "lan: 192.168.0.0/16"),
    ),
    `Pulumi.lab-prod.yaml:21: router.lan = "192.168.0.0/16": stack lab-dev has 192.168.50.0/24 for the same router Router.LAN (Pulumi.lab-dev.yaml:19: router.lan); write the router's LAN in both`,
  ],
  [
    "different host keys of one type",
    all(
      editDev("user: homelab", ed25519("AAAAC3NzaC1lZDI1NTE5AAAAIJuK")),
      editProd("user: homelab", ed25519("AAAAC3NzaC1lZDI1NTE5AAAAIJuL")),
    ),
    `Pulumi.lab-prod.yaml:23: router.hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuL": stack lab-dev has another ssh-ed25519 key for the same router 192.168.50.1 (Pulumi.lab-dev.yaml:21: router.hostKey); write the key that the router has in both`,
  ],
  ["host keys of two types", all(editDev("user: homelab", ed25519("AAAAC3NzaC1lZDI1NTE5AAAAIJuK")), editProd("user: homelab", ecdsa))],
  [
    "different LANs of two routers",
    all(
      editProd("host: 192.168.50.1", "host: 192.168.51.1"),
      editProd("lan: 192.168.50.0/24", "lan: 192.168.51.0/24"),
      editProd("[192.168.50.21]", "[192.168.51.21]"),
    ),
  ],
]);
