import { readStackFiles } from "./stack-files";
import { parseHousehold } from "./household";
import type { UnresolvedPlan } from "./plan";
import { UserError } from "./user-error";

/** Returns the plans of all stack files in a folder, sorted by name. @throws UserError with every problem */
export function plansOf(folder: string): UnresolvedPlan[] {
  try {
    return parseHousehold(readStackFiles(folder)).map(({ plan }) => plan);
  } catch (error) {
    if (error instanceof Error && error.name === "PlanError") throw new UserError(error.message);
    throw error;
  }
}
