/** Seconds since the epoch. */
export const systemClock = () => Date.now() / 1000
