import { forTerminal } from "../report/table";
import type { Answer } from "./proof";
import type { Topology } from "./topology";

/** Draws the lab's network for a terminal. */
export function map(topology: Topology, pools: ReadonlyMap<string, string>): string {
  const { router, client, operator, nodes, lan } = topology;
  const hosts = [
    ...nodes.map(({ name, address, stack }, index) => {
      const first = nodes.findIndex((node) => node.stack === stack) === index;
      return `${name} ${address}${first ? `   <- route ${pools.get(stack) ?? ""}` : ""}`;
    }),
    `${client.name} ${client.address}   a device on the LAN, default route to the router`,
    `${operator.name} ${operator.address}   the host that runs pulumi and kubectl`,
  ];
  const drawn = hosts.map((host, index) => `  ${index === hosts.length - 1 ? "└" : "├"}── ${host}`);
  return [
    `LAN ${lan.text}`,
    `  ┬── ${router.name} ${router.address}   the Asus router's twin, ssh ${router.user}@${router.address}`,
    ...drawn,
  ].join("\n");
}

/** Returns the answers of the services as a table. */
export function answers(found: readonly Answer[]): string {
  const header = ["stack", "pool", "next hop", "service address", "HTTP answer", "time"];
  const rows = found.map((a) => [a.stack, a.pool, a.nextHop, a.address, `${a.status} from ${a.pod}`, `${a.milliseconds} ms`]);
  return forTerminal({ header, lines: rows });
}

export const nextCommands = (stack: string): string =>
  [
    "Try next:",
    `  make -s lab-pulumi STACK=${stack} ARGS='preview --diff'       run the Pulumi CLI on a stack`,
    `  make -s lab-kubectl STACK=${stack} ARGS='get svc -A'          run kubectl on a cluster`,
    "  make -s lab-exec HOST=router CMD='nvram get sr_rulelist'         run a command on a host",
    "  make lab-down                                                   remove the lab",
  ].join("\n");
