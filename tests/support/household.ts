import type { Plan } from "../../config/plan";
import { all, type Lab } from "../../lab/lab";
import { askDemo, deployDemo, type Answer } from "../../lab/proof";
import { jsonOf } from "./client-path";
import { pulumi } from "./lab";

/** The stacks of a lab with its router: deployed when a case needs them, and what the router has of them. */
export class Household {
  private isDeployed = false;

  constructor(
    private readonly lab: Lab,
    private readonly plans: readonly Plan[],
  ) {}

  /** Does the same for every stack at the same time. */
  each<T>(work: (plan: Plan) => Promise<T>): Promise<T[]> {
    return all(this.plans.map(work));
  }

  /** Deploys all stacks at the same time, unless it is known that they are deployed. */
  async deploy(): Promise<void> {
    if (!this.isDeployed) await this.each(({ stack }) => pulumi(this.lab, stack, ["up", "--yes", "--skip-preview"]));
    this.isDeployed = true;
  }

  /** After a case that failed, or that destroyed stacks, the next one deploys them. */
  forget(): void {
    this.isDeployed = false;
  }

  /** The router's list of static routes. */
  async rules(): Promise<string> {
    return (await this.lab.router.host.exec(["nvram", "get", "sr_rulelist"])).stdout;
  }

  /** The routes that the router has in force. */
  routes(): Promise<Array<Record<string, unknown>>> {
    return jsonOf(this.lab.router.host, ["ip", "-j", "route"]);
  }

  /** The destinations of its routes into 10.0.0.0/8, where the pools are. */
  async poolRoutes(): Promise<string[]> {
    return (await this.routes()).map(({ dst }) => String(dst)).filter((dst) => dst.startsWith("10."));
  }

  /** Puts the demo service on a stack's cluster, where it is not there yet, and asks it. */
  async serve(plan: Plan): Promise<Answer> {
    const cluster = this.lab.cluster(plan.stack);
    await deployDemo(cluster, plan);
    return askDemo(this.lab.client, cluster, plan);
  }
}
