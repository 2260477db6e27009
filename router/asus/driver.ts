import type { RouterDriver } from "../driver";
import { examination, examine } from "./examination";
import { judge } from "./judge";
import { answersAt, parseReading, question, type AsusReading } from "./reading";
import { broughtBy, routeCommands } from "./script";

/** ASUS firmware, stock or Merlin. */
export const asus: RouterDriver<AsusReading> = {
  commands: routeCommands,
  broughtBy,
  question,
  parse: parseReading,
  answersAt,
  judge,
  examination: { command: examination(), examine },
};
