// Imported as `#verify`, except on workerd: see verify-webcrypto.ts.
export { verify } from 'node:crypto'

/** Whether `verify` without a callback returns the result. */
export const verifiesAtOnce: boolean = true
