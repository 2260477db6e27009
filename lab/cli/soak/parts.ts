/** The parts that can be run alone. */
export const SOAKS = ["routes", "interruptions"] as const;
