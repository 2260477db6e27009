/** The texts with which the engine and the SDK report the end of a run whose real error is another one. */
const FOLLOW_UPS =
  /client connection is closing|resource monitor (has )?(shut ?down|is terminating|terminated)|^(error: )?(update|preview|destroy|refresh) (failed|canceled)\s*$/i;

/** Whether an error only reports the end of a run that failed for another reason. */
export const isFollowUp = (message: string): boolean => FOLLOW_UPS.test(message.trim());

/** Returns the errors that are reasons; all of them if none is. */
export function reasonsIn(errors: readonly string[]): readonly string[] {
  const reasons = errors.filter((message) => !isFollowUp(message));
  return reasons.length > 0 ? reasons : errors;
}
