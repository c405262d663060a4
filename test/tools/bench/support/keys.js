// @ts-check

/** Makes different keys as the guard makes them: 43 base64url characters. Each maker returns the same keys. */
export function createKeys() {
  const bytes = Buffer.alloc(32)
  let count = 0
  return () => {
    bytes.writeUInt32LE(count++)
    return bytes.toString('base64url')
  }
}
