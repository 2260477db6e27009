/** The errors of reading a router, without secrets. */
import type { RouterPlan } from "../config/plan";
import { onOneLine } from "../config/printable";
import { OneLineError } from "../config/user-error";

/** The router does not answer at the moment. The message has the reason, without secrets. */
export class RouterUnreachable extends OneLineError {
  override readonly name = "RouterUnreachable";
  constructor(
    message: string,
    readonly fix = "switch it on, with SSH for its LAN",
  ) {
    super(message);
  }
}

/** The router answers, but the user must first fix the connection's settings. */
export class RouterRejects extends OneLineError {
  override readonly name = "RouterRejects";
  readonly rule: string;
  readonly fix: string;

  constructor(
    /** The key of the section `router` that the error is about. */
    readonly key: "hostKey" | "user" | "privateKeyFile" | "agent",
    rule: string,
    fix: string,
  ) {
    super(rule);
    this.rule = this.message;
    this.fix = onOneLine(fix);
  }
}

/** An error of the SSH library. `code` is a number if the other end gave a reason for closing the connection. */
export type SshError = Error & { readonly code?: string | number; readonly level?: string };

/** The level alone is not enough: other parts of the handshake can fail as well. */
export const hasNoSuchKey = ({ level, message }: SshError) => level === "handshake" && message.includes("host key format");

/** Whether the other end closed the connection before it sent anything. */
export const isClosedEarly = ({ code, message }: SshError) => code === "ECONNRESET" || message === "Connection lost before handshake";

/** Returns the error for a router that does not answer. */
export function noResponse(
  { host, port }: Pick<RouterPlan, "host" | "port">,
  { level, code, message }: SshError,
  seconds: number,
): RouterUnreachable {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new RouterUnreachable(`the name ${host} has no address here (${code})`, "correct the name, or write the router's address");
  }
  const reason = level === "client-timeout" ? `silent for ${seconds} s` : typeof code === "string" ? code : message;
  return new RouterUnreachable(`${host}:${port} does not answer (${reason})`);
}

/** Returns the reason why a router shows no host key. */
export function hostKeyError(
  router: Pick<RouterPlan, "host" | "port">,
  error: SshError,
  seconds: number,
): RouterUnreachable | RouterRejects {
  if (!hasNoSuchKey(error)) return noResponse(router, error, seconds);
  const rule = `the router has no ed25519 or ecdsa host key (${error.message})`;
  const fix = "update the firmware, or set router.acceptAnyHostKey: true, which trusts any host that answers";
  return new RouterRejects("hostKey", rule, fix);
}

/**
 * Returns the error for what the library rejects before it connects: the private key cannot be read or needs a passphrase. Its message has
 * no secrets.
 */
export function unusableKey(message: string): RouterRejects {
  const rule = `the private key cannot be used (${message})`;
  const fix = /encrypted|passphrase/i.test(message)
    ? "use one without a passphrase, or router.agent with an SSH agent that has it"
    : "use a private key in OpenSSH's form, PEM or PKCS#8, such as ssh-keygen -t ed25519 makes";
  return new RouterRejects("privateKeyFile", rule, fix);
}

/** Returns the error for another host key than the pinned one. */
export function hostKeyMismatch(host: string, seen: string): RouterRejects {
  const rule = `${host} shows another host key, ${seen}`;
  return new RouterRejects("hostKey", rule, "if the router was reset or updated, write this key; if not, another host answers there");
}

/** Returns the error for a router without a host key of the pinned type. */
export function noSuchKey(pin: string, message: string): RouterRejects {
  const rule = `the router has no ${pin.split(" ")[0]} host key (${message})`;
  return new RouterRejects("hostKey", rule, "remove the line, and run again to see the key that it has");
}

/** Returns the error for a login that the router refuses. */
export function loginRejected({ host, port }: Pick<RouterPlan, "host" | "port">): RouterRejects {
  const rule = `${host}:${port} refuses the login of this user with this key or password`;
  const fix = "correct it before the next try: routers lock out users after a few failures; this run stopped after one attempt";
  return new RouterRejects("user", rule, fix);
}

/** Returns the error for an SSH agent that cannot be used. */
export function noAgent(message: string): RouterRejects {
  const rule = `the SSH agent at SSH_AUTH_SOCK cannot be used (${message})`;
  return new RouterRejects("agent", rule, "start one and add the key with ssh-add, or set router.privateKeyFile instead");
}
