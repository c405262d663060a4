/** The path of a program. Servers live in `sbin`, which ordinary users do not have on their PATH. */
export function findBinary(name: string): string | undefined
