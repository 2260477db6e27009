import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Go's texts for the system's errors, which are those of the C library. */
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ENOENT: "no such file or directory",
  ETIMEDOUT: "connection timed out",
};

/** Returns Go's text of a connection that could not be opened. */
export function connectText({ code = "", message }: NodeJS.ErrnoException): string {
  const text = TEXTS[code];
  return text === undefined ? message : `connect: ${text}`;
}

/** Returns Go's text of a connection that ended before its login. */
export function readText({ code = "", message }: NodeJS.ErrnoException, transport: Duplex): string {
  if (message === "Connection lost before handshake") return "EOF";
  const text = TEXTS[code];
  if (text === undefined || !(transport instanceof Socket)) return message;
  const { localAddress, localPort, remoteAddress, remotePort } = transport;
  return `read tcp ${localAddress}:${localPort}->${remoteAddress}:${remotePort}: read: ${text}`;
}
