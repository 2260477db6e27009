import { labFolders } from "../../folders";
import { repository } from "../../../config/project";
import { Lab, removeLab } from "../../lab";
import { plansOf } from "../../../config/plans";
import { Progress } from "../../progress";
import { provideTools } from "../../tools/toolbox";
import type { Row } from "./samples";
import { poolScale } from "./scale-pools";
import { planScale, previewScale } from "./scale-stacks";

/** Measures how time and memory grow with the number of stack files and of pools, in a lab of one cluster. */
export async function scaleRows(): Promise<Row[]> {
  const progress = new Progress();
  const folders = labFolders("bench-scale");
  const box = await provideTools(progress);
  const plans = plansOf(repository);
  await removeLab(folders);
  try {
    const planned = await progress.step("stack files, planned", planScale);
    const lab = new Lab(folders, repository, box, { stacks: plans.slice(0, 1).map(({ stack }) => stack) });
    await lab.up(progress);
    // While its cluster has nothing yet.
    const previewed = await progress.step("stack files, previewed", () => previewScale(lab));
    for (const { stack } of lab.plans) await lab.engine.selectStack(stack);
    const pools = await progress.step("pools", () => poolScale(lab));
    return [...planned, ...previewed, ...pools];
  } finally {
    await removeLab(folders);
  }
}
