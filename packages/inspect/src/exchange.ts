/** An exchange with a server, bounded in time and bytes. */
import { isJsonObject } from '@dpop-guard/core/internal'

/** The beginning of a body. */
export interface BoundedBody {
  readonly bytes: Buffer
  /** Whether the body was longer. */
  readonly cut: boolean
}

/** Reads at most `maxBytes`, counted after decompression, and closes the connection if there is more. */
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

const maxJsonBytes = 64 * 1024

/** The answer of a token endpoint. Empty if it is not a JSON object. */
export async function readJson(response: Response): Promise<Record<string, unknown>> {
  const { bytes } = await readBounded(response, maxJsonBytes)
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Throws if an exchange with `url`, bodies included, takes longer. */
export async function withinSeconds<Result>(
  seconds: number,
  url: string,
  exchange: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(Math.ceil(seconds * 1000))
  try {
    return await exchange(signal)
  } catch (error) {
    throw signal.aborted ? new Error(`no complete response from ${url} within ${seconds} s`) : explainBreak(url, error)
  }
}

const closed = 'it closed the connection'

const noTls = 'it does not speak TLS; is it http?'

const unknownAuthority =
  'Node does not know the authority of its certificate; set NODE_EXTRA_CA_CERTS to a file with more authorities'

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNRESET: closed,
  UND_ERR_SOCKET: closed,
  // Which of the two depends on the version of OpenSSL.
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
}

/** Why an exchange with `url` failed. `fetch` hides it in the cause of its error. Returns any other error unchanged. */
export function explainBreak(url: string, error: unknown): unknown {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return error
  const { message, code = '' } = error.cause as NodeJS.ErrnoException
  return new Error(`no complete response from ${new URL(url).origin}: ${meanings[code] ?? (message || code)}`)
}
