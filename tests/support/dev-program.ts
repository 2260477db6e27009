import { HOST_KEY } from "./host-key";
import { runProgram, type Circumstances, type Run } from "./program";
import { devConfig, type Config } from "./stack-files";

/** Adds a pinned host key to a configuration, because the example stack files have none. */
export const pinned = (config: Config): Config => ({ ...config, router: { hostKey: HOST_KEY, ...(config["router"] as Config) } });

/** Returns the configuration of lab-dev with a pinned host key and some values set, each by its path. */
export const pinnedDev = (changes: Record<string, unknown> = {}): Config => pinned(devConfig(changes));

/** Returns the state of a stack whose route is on the router. */
export const routedState = (network: string, master: string) => ["192.168.50.1", `${network}>255.255.255.0>${master}>0>LAN`] as const;

/** The circumstances of lab-dev after its first `up`. */
export const up = { state: routedState("10.5.0.0", "192.168.50.11") } satisfies Circumstances;

/** Runs the program for lab-dev, by default after its first `up`. */
export const runDev = (config: Config, circumstances: Circumstances = up): Promise<Run> => runProgram("lab-dev", config, circumstances);

/** The annotation of an object that the engine deletes without waiting for dependent objects. */
export const atOnce = { "pulumi.com/deletionPropagationPolicy": "background" };
