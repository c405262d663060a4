// @ts-check

/** Makes different keys as the guard makes them: 43 base64url characters. Each maker gives the same ones. */
export function createKeys() {
  const bytes = Buffer.alloc(32)
  let count = 0
  return () => {
    bytes.writeUInt32LE(count++)
    return bytes.toString('base64url')
  }
}
