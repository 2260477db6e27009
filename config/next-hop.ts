/** The names that a floating next hop has in its cluster. */

/**
 * The name of a floating next hop's objects: pool, advertisement and service. Each address has its own, so that a new one is there before the old one
 * goes: the route moves in between.
 */
export const nextHopName = (address: string): string => `next-hop-${address.replaceAll(".", "-")}`;

/** Whether an object's name is one of those. */
export const isNextHop = (name: string): boolean => addressOfHop(name) !== undefined;

/** The address that an object's name has; undefined where it is no next hop's. */
export const addressOfHop = (name: string): string | undefined => /^next-hop-(\d+(?:-\d+){3})$/.exec(name)?.[1]?.replaceAll("-", ".");
