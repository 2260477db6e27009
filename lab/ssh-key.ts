import { utils } from "ssh2";

/** An ed25519 pair. ssh2 1.17 makes about one in 150 that neither it nor OpenSSH can read; those are made again. */
export function ed25519(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (![pair.private, pair.public].some((text) => utils.parseKey(text) instanceof Error)) return pair;
  }
}
