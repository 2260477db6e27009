/** Returns the median; of an even number of samples, the larger one of the two in the middle. */
export const median = (samples: readonly number[]): number => [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
