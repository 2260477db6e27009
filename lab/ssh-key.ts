import { utils } from "ssh2";

/** Creates an ed25519 key pair. Of 150 pairs of ssh2 1.17 about one is unreadable, even for OpenSSH; then another one is created. */
export function ed25519(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (![pair.private, pair.public].some((text) => utils.parseKey(text) instanceof Error)) return pair;
  }
}
