/** What can be run by itself. */
export const SOAKS = ["routes", "interruptions"] as const;
