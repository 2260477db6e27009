import { z } from "zod";

import { parseHop, parseHost, parseLan } from "./address/address";
import { MAC_FORM, parseMac } from "./address/mac";
import { described, filePath, filled, parsedText, secret, secretText } from "./fields";
import { looksSecret } from "./printable";
import { HOST_FORM, HOST_KEY_FORM, parseHostKey, parseRouterHost } from "./router-texts";

const keyFile = filePath.refine((value) => !looksSecret(value), {
  error: "a key itself, not the path of a file",
  params: { fix: "set router.privateKey to the key, as a secret, or write the path of the key's file" },
});

const reservation = z.strictObject({
  address: described(parsedText(parseHost), "the address of a node on the router's LAN, such as 192.168.50.12", "192.168.50.12"),
  mac: described(
    parsedText(parseMac, MAC_FORM).optional(),
    "the node's hardware address (default: the one that the router sees when it is first reserved)",
    "D8:3A:DD:00:00:12",
  ),
});

/** The schema of the router: its connection, and what the program may do on it. */
export const router = described(
  z.strictObject({
    type: described(
      z.enum(["asus", "manual"]).default("asus"),
      "asus, for ASUS firmware, stock or Merlin; or manual, where you enter the routes yourself",
      "manual",
    ),
    host: described(parsedText(parseRouterHost, HOST_FORM), "the router's address, such as 192.168.50.1", "192.168.50.1"),
    lan: described(parsedText(parseLan), "the router's LAN, such as 192.168.50.0/24", "192.168.50.0/24"),
    user: described(
      filled.optional(),
      "the name that you use to log in to the router's web page (default: none; needed except for type manual)",
      "homelab",
    ),
    port: described(z.int().min(1).max(65535).default(22), "the router's SSH port, 1 to 65535", 2222),
    privateKeyFile: described(
      keyFile.optional(),
      "the path of a private SSH key, such as ~/.ssh/id_ed25519 (default: none; a key, a password or the agent is needed)",
      "~/.ssh/id_ed25519",
    ),
    privateKey: secret(secretText.optional(), "a private SSH key, as a secret (default: none)", "-----BEGIN OPENSSH PRIVATE KEY-----\n..."),
    password: secret(secretText.optional(), "the user's password, as a secret (default: none)", "correct horse battery staple"),
    agent: described(z.boolean().default(false), "true or false: whether the SSH agent at SSH_AUTH_SOCK has the key", true),
    hostKey: described(
      parsedText(parseHostKey, HOST_KEY_FORM).optional(),
      "the router's SSH host key, such as ssh-ed25519 AAAA... (default: none, which is an error that shows the router's)",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK",
    ),
    acceptAnyHostKey: described(
      z.boolean().default(false),
      "true or false: whether to trust any host that answers at the router's address, if no hostKey is set",
      true,
    ),
    adopt: described(
      z.boolean().default(false),
      "true or false: whether this stack takes over routes and reservations that are on the router already, exactly as planned",
      true,
    ),
    enableDormant: described(
      z.boolean().default(false),
      "true or false: whether switching static routes or reservations on may activate other records in the router's list",
      true,
    ),
    observe: described(
      z.boolean().default(true),
      "true or false: whether to compare routes and reservations with the router, so preview reports and up corrects differences; false if the router cannot be reached, as in CI",
      false,
    ),
    reservations: described(
      z.array(described(reservation, "a reservation: address, and mac if the node is off", { address: "192.168.50.12" })).default([]),
      "a list of addresses that the router's DHCP server gives to one node only (default: none)",
      [{ address: "192.168.50.12" }],
    ),
    metric: described(z.int().min(0).max(999).default(0), "the metric on the router's form, 0 to 999", 1),
  }),
  "the router: host, lan, and for type asus user and a key, a password or the agent",
  { host: "192.168.50.1", lan: "192.168.50.0/24", user: "homelab", privateKeyFile: "~/.ssh/id_ed25519" },
);

/** The schema of the next hop of the router's routes. */
export const gateway = described(
  z.strictObject({
    mode: described(
      z.enum(["node", "floating", "external"]),
      "node (one master's address), floating (an address of the LAN that MetalLB announces, which moves to another node when its node fails) or external (one that " +
        "keepalived, kube-vip or the like keeps)",
      "node",
      "floating",
      "external",
    ),
    addresses: described(
      z.tuple([described(parsedText(parseHop), "an address such as 192.168.50.11, or auto for a Ready master's", "192.168.50.11", "auto")]),
      "a list of one address, in mode node the master's or auto, such as [192.168.50.11]",
      ["192.168.50.11"],
      ["auto"],
    ),
    mustBeMaster: described(
      z.boolean().default(false),
      "true or false: whether it is an error, not only a warning, if no Ready master has the address in mode node",
      true,
    ),
    reserve: described(
      z.boolean().default(false),
      "true or false: whether the router's DHCP server gives the address to this node only, in mode node",
      true,
    ),
  }),
  "the router's next hop: mode and addresses",
  { mode: "node", addresses: ["192.168.50.11"] },
);
