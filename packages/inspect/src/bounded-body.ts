/** The beginning of a body, as far as it was wanted. */
export interface BoundedBody {
  readonly bytes: Buffer
  /** Whether there was more. */
  readonly cut: boolean
}

/** Reads at most `maxBytes`, counted after decompression, and hangs up on the rest. */
export async function readBounded({ body }: Response, maxBytes: number): Promise<BoundedBody> {
  const chunks: Uint8Array[] = []
  let room = maxBytes
  for await (const chunk of body ?? []) {
    chunks.push(chunk.subarray(0, room))
    room -= chunk.byteLength
    if (room < 0) return { bytes: Buffer.concat(chunks), cut: true }
  }
  return { bytes: Buffer.concat(chunks), cut: false }
}
