import { readStackFiles } from "./stack-files";
import { parseHousehold } from "./household";
import type { OpenPlan } from "./plan";
import { UserError } from "./user-error";

/** The plans of all stack files of a project folder, in the order of their names. @throws UserError with all that is wrong with them. */
export function plansOf(folder: string): OpenPlan[] {
  try {
    return parseHousehold(readStackFiles(folder)).map(({ plan }) => plan);
  } catch (error) {
    if (error instanceof Error && error.name === "PlanError") throw new UserError(error.message);
    throw error;
  }
}
