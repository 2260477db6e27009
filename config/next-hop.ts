/** The names of a floating next hop's objects in the cluster. */

/**
 * Returns the name of a floating next hop's pool, advertisement and service. The name contains the address, so that a new next hop can
 * exist before the old one is deleted, and the route changes in between.
 */
export const nextHopName = (address: string): string => `next-hop-${address.replaceAll(".", "-")}`;

/** Whether an object has the name of a floating next hop. */
export const isNextHop = (name: string): boolean => addressOfHop(name) !== undefined;

/** Returns the address in the name of a floating next hop's object; undefined for another object. */
export const addressOfHop = (name: string): string | undefined => /^next-hop-(\d+(?:-\d+){3})$/.exec(name)?.[1]?.replaceAll("-", ".");
