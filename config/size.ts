/** The limits of what is read as a whole from other hosts: no honest answer is as long, and Node.js cannot hold an endless one. */

/** The largest answer of an API server, in bytes. The largest in a homelab have some megabytes. */
export const LARGEST_ANSWER = 32 * 1024 * 1024;

/** The largest output of a router, in bytes. Its nvram and its tables have some kilobytes. */
export const LARGEST_OUTPUT = 1024 * 1024;

/** The largest index of a Helm repository, in bytes. The largest public ones have some megabytes. */
export const LARGEST_INDEX = 32 * 1024 * 1024;

/** The largest archive of a chart, in bytes. MetalLB's has some hundred kilobytes. */
export const LARGEST_CHART = 16 * 1024 * 1024;

/** Formats a limit, such as `32 MB`. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
