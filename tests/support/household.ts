import type { Plan } from "../../config/plan";
import { all, type Lab } from "../../lab/lab";
import { requestDemo, deployDemo, type Answer } from "../../lab/proof";
import { jsonOf } from "./client-path";
import { pulumi } from "./lab";

/** The stacks of a lab and its router. Deploys the stacks when a test needs them. */
export class Household {
  private isDeployed = false;

  constructor(
    private readonly lab: Lab,
    private readonly plans: readonly Plan[],
  ) {}

  /** Runs work for every stack at the same time. */
  each<T>(work: (plan: Plan) => Promise<T>): Promise<T[]> {
    return all(this.plans.map(work));
  }

  /** Deploys all stacks at the same time, unless they are known to be deployed. */
  async deploy(): Promise<void> {
    if (!this.isDeployed) await this.each(({ stack }) => pulumi(this.lab, stack, ["up", "--yes", "--skip-preview"]));
    this.isDeployed = true;
  }

  /** Makes the next test deploy the stacks, after a test that failed or destroyed stacks. */
  forget(): void {
    this.isDeployed = false;
  }

  /** Returns the router's list of static routes. */
  async rules(): Promise<string> {
    return (await this.lab.router.host.exec(["nvram", "get", "sr_rulelist"])).stdout;
  }

  /** Returns the routes in the router's routing table. */
  routes(): Promise<Array<Record<string, unknown>>> {
    return jsonOf(this.lab.router.host, ["ip", "-j", "route"]);
  }

  /** Returns the destinations of the router's routes into 10.0.0.0/8, which has the pools. */
  async poolRoutes(): Promise<string[]> {
    return (await this.routes()).map(({ dst }) => String(dst)).filter((dst) => dst.startsWith("10."));
  }

  /** Deploys the demo service to a stack's cluster, unless it exists, and requests it. */
  async serve(plan: Plan): Promise<Answer> {
    const cluster = this.lab.cluster(plan.stack);
    await deployDemo(cluster, plan);
    return requestDemo(this.lab.client, cluster, plan);
  }
}
