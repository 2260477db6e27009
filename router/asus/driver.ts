import type { RouterDriver } from "../driver";
import { examination, examine } from "./examination";
import { judge } from "./judge";
import { answersAt, parseReading, query, type AsusReading } from "./reading";
import { appliedBy, routeCommands } from "./script";

/** The driver for ASUS firmware, stock or Merlin. */
export const asus: RouterDriver<AsusReading> = {
  commands: routeCommands,
  appliedBy,
  query,
  parse: parseReading,
  answersAt,
  judge,
  examination: { command: examination(), examine },
};
