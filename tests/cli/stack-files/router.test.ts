import { all, editDev, describeCases, type Change, type Case } from "./cases";

const host = (text: string): Change => editDev("host: 192.168.50.1", `host: ${text}`);
const refusedHost = (text: string, printed: string): Case => [
  `the router ${text.length > 40 ? `of ${text.length} letters` : text}`,
  host(text),
  `Pulumi.lab-dev.yaml:18: router.host = ${printed}`,
];
const q = (text: string) => JSON.stringify(text);
const noHost = "neither an address nor a host name; write one such as 192.168.50.1";
const onLan = "write the router's address on its LAN, such as 192.168.50.1";
const LAN6 = `${onLan} or fd00::1`;
const edge =
  "the first or last address of 192.168.50.0/24 (router.lan), which no host can have; use the router's own address on its LAN, such as 192.168.50.1";
const long = `${"a".repeat(60)}.`.repeat(5);

describeCases("the router's address", [
  refusedHost("192.168.50.1:22", `${q("192.168.50.1:22")}: has a port; did you mean 192.168.50.1, with router.port: 22?`),
  refusedHost("router:2222", `${q("router:2222")}: has a port; did you mean router, with router.port: 2222?`),
  refusedHost('"fe80::1"', `${q("fe80::1")}: fe80::/10 is for one link and needs an interface; ${LAN6}`),
  refusedHost('"ff02::1"', `${q("ff02::1")}: ff00::/8 is for multicast; ${LAN6}`),
  refusedHost('"[fd00::1]:22"', `${q("[fd00::1]:22")}: has a port; did you mean fd00::1, with router.port: 22?`),
  refusedHost("a..b", `${q("a..b")}: ${noHost}`),
  refusedHost("a.b.", `${q("a.b.")}: ${noHost}`),
  refusedHost("a-.b", `${q("a-.b")}: ${noHost}`),
  refusedHost("http://192.168.50.1", `${q("http://192.168.50.1")}: ${noHost}`),
  refusedHost("192.168.50.1/24", `${q("192.168.50.1/24")}: ${noHost}`),
  refusedHost("root@192.168.50.1", `${q("root@192.168.50.1")}: ${noHost}`),
  refusedHost("127.0.0.1:9:9", `${q("127.0.0.1:9:9")}: ${noHost}`),
  refusedHost("192.168.50", `${q("192.168.50")}: not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.1`),
  refusedHost("192.168.50.0x1", `${q("192.168.50.0x1")}: not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.1`),
  refusedHost("192.168.50.01", `${q("192.168.50.01")}: not an IPv4 address; write four numbers from 0 to 255, such as 192.168.50.1`),
  refusedHost("0.0.0.0", `${q("0.0.0.0")}: 0.0.0.0/8 means this very host; ${onLan}`),
  refusedHost("224.0.0.1", `${q("224.0.0.1")}: 224.0.0.0/4 is for multicast; ${onLan}`),
  refusedHost("255.255.255.255", `${q("255.255.255.255")}: 240.0.0.0/4 is reserved; ${onLan}`),
  refusedHost("192.168.50.0", `${q("192.168.50.0")}: ${edge}`),
  refusedHost("192.168.50.255", `${q("192.168.50.255")}: ${edge}`),
  refusedHost(
    "a".repeat(300),
    `${q("a".repeat(300)).slice(0, 77)}...: a host name has at most 253 letters; write one such as 192.168.50.1`,
  ),
  refusedHost(
    `${long}example`,
    `${q(`${long}example`).slice(0, 77)}...: a host name has at most 253 letters; write one such as 192.168.50.1`,
  ),
  refusedHost("a".repeat(64), `${q("a".repeat(64))}: a part of a host name has at most 63 letters; write one such as 192.168.50.1`),
  ["a host name", host("router.asus.com")],
  ["a host name of 63 letters", host("a".repeat(63))],
  ["an IPv6 address", host('"fd00::1"')],
  ["the local end of an SSH tunnel", all(host("127.0.0.1"), editDev("user: homelab", "user: homelab\n    port: 2222"))],
]);

const lan = (text: string) => editDev("lan: 192.168.50.0/24", `lan: ${text}`);
const refusedLan = (text: string, printed: string): Case => [
  `the LAN ${text}`,
  lan(text),
  `Pulumi.lab-dev.yaml:19: router.lan = "${text}": ${printed}`,
];
const someLan = "write the router's LAN, such as 192.168.50.0/24";

describeCases("the router's LAN", [
  refusedLan("127.0.0.0/8", `127.0.0.0/8 never leaves a host; ${someLan}`),
  refusedLan("0.0.0.0/0", `wider than a /8; ${someLan}`),
  refusedLan("224.0.0.0/8", `224.0.0.0/4 is for multicast; ${someLan}`),
  refusedLan("169.254.0.0/16", `169.254.0.0/16 never leaves its link; ${someLan}`),
  refusedLan("192.168.50.1/32", "has one address alone, so no host but the router; did you mean 192.168.50.0/24?"),
  [
    "a LAN with neither router nor next hop",
    all(lan("192.168.0.0/24"), editDev("host: 192.168.50.1", "host: 192.168.50.254")),
    'Pulumi.lab-dev.yaml:19: router.lan = "192.168.0.0/24": has neither the router 192.168.50.254 (router.host) nor the next hop 192.168.50.11 (gateway.addresses[0]); did you mean 192.168.50.0/24?',
  ],
  [
    "a next hop outside of the LAN",
    editDev("[192.168.50.11]", "[192.168.51.11]"),
    'Pulumi.lab-dev.yaml:14: gateway.addresses[0] = "192.168.51.11": outside the router\'s LAN 192.168.50.0/24 (router.lan); use the address of a master node in 192.168.50.0/24',
  ],
]);

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIJuK";
const hostKey = (text: string) => editDev("user: homelab", `user: homelab\n    hostKey: ${text}`);
const fix = "write the key's type and text, such as ssh-ed25519 AAAA..., as ssh-keyscan prints them after the host";
const refusedKey = (what: string, text: string, printed: string): Case => [
  what,
  hostKey(text),
  `Pulumi.lab-dev.yaml:21: router.hostKey = ${printed}; ${fix}`,
];

describeCases("the router's host key", [
  ["a key alone", hostKey(`ssh-ed25519 ${key}`)],
  ["a line of a .pub file, with a comment", hostKey(`ssh-ed25519 ${key} root@router`)],
  ["a comment of several words", hostKey(`ecdsa-sha2-nistp256 ${key} made in 2024`)],
  ["a line of known_hosts", hostKey(`192.168.50.1 ssh-ed25519 ${key}`)],
  ["a line of known_hosts with a port and a comment", hostKey(`"[192.168.50.1]:2222 ssh-ed25519 ${key} router"`)],
  ["a line of known_hosts with a hashed host", hostKey(`"|1|abc=|def= ssh-ed25519 ${key}"`)],
  [
    "what ssh-keyscan prints, with its comment line",
    hostKey(`|\n      # 192.168.50.1:22 SSH-2.0-dropbear\n      192.168.50.1 ssh-ed25519 ${key}\n`),
  ],
  refusedKey(
    "two keys",
    `|\n      ssh-ed25519 ${key}\n      ecdsa-sha2-nistp256 ${key}\n`,
    `${JSON.stringify(`ssh-ed25519 ${key}\necdsa-sha2-nistp256 ${key}\n`).slice(0, 77)}...: more than one line`,
  ),
  refusedKey(
    "a revoked key",
    `"@revoked * ssh-ed25519 ${key}"`,
    `"@revoked * ssh-ed25519 ${key}": marked with @revoked, so not a key that the router may show`,
  ),
  refusedKey("another type of key", `ssh-rsa ${key}`, `"ssh-rsa ${key}": not an ed25519 or ecdsa host key`),
  refusedKey("a key without its type", key, `"${key}": not an ed25519 or ecdsa host key`),
  refusedKey("a fingerprint", "SHA256:abc", `"SHA256:abc": not an ed25519 or ecdsa host key`),
]);
