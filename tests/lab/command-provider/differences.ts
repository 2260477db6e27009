/** The differences between the lab's command provider and the official one 1.2.1. The contract accepts no others. */
export interface Difference<T> {
  readonly reason: string;
  readonly official: T;
  readonly standIn: T;
}

const difference = <T>(reason: string, official: T, standIn: T): Difference<T> => ({ reason, official, standIn });

export const DIFFERENCES = {
  /** The refusal of a check of local.Command. The stand-in refuses functions too. */
  otherResource: difference(
    "The stand-in serves what this program uses. Its refusal names the official provider.",
    undefined,
    "The lab's command provider serves command:remote:Command only, not command:local:Command: install the official command provider for it.",
  ),
  asksForCertificates: difference("The stand-in's SSH library knows no host certificates. A router has none.", true, false),
  readsPkcs8: difference("The stand-in's SSH library reads no PKCS#8 block. Convert the key, or use the official provider.", true, false),
  /** The end of the error of a host key that cannot be read. */
  whyNoHostKey: difference(
    "Go adds why it ignored the last line. The program has checked the key before.",
    /^; last parsing error for ignored line: /,
    /^$/,
  ),
  /** Not measured here, because it takes as long: tests/e2e/route.test.ts lets a router vanish. */
  secondsUntilPeerIsLost: difference(
    "Both start after 15 s of silence. Go then probes nine times every 15 s; Node has a fixed second, ten times.",
    150,
    25,
  ),
};
