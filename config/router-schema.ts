import { z } from "zod";

import { parseLan } from "./address/address";
import { described, filePath, filled, parsedText, secret, secretText } from "./fields";
import { looksSecret } from "./printable";
import { HOST_FORM, HOST_KEY_FORM, parseHostKey, parseRouterHost } from "./router-texts";

const keyFile = filePath.refine((value) => !looksSecret(value), {
  error: "a key itself, not the path of a file",
  params: { fix: "set router.privateKey to the key, as a secret, or write the path of the key's file" },
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
      "true or false: whether this stack takes over routes that are on the router already, exactly as planned",
      true,
    ),
    enableDormant: described(
      z.boolean().default(false),
      "true or false: whether switching static routes on may activate other records in the router's list",
      true,
    ),
    observe: described(
      z.boolean().default(true),
      "true or false: whether to compare the routes with the router, so preview reports and up corrects differences; false if the router cannot be reached, as in CI",
      false,
    ),
    metric: described(z.int().min(0).max(999).default(0), "the metric on the router's form, 0 to 999", 1),
  }),
  "the router: host, lan, and for type asus user and a key, a password or the agent",
  { host: "192.168.50.1", lan: "192.168.50.0/24", user: "homelab", privateKeyFile: "~/.ssh/id_ed25519" },
);
