/** A HAR file: what a browser or a proxy recorded. */
import { isJsonObject } from '@dpop-guard/core/internal'
import { isToken68 } from './access-token-option.js'
import type { PastedRequest } from './pasted-request.js'

/** A recorded request with a proof. */
export interface RecordedRequest extends PastedRequest {
  readonly url: string
  /** Seconds since the epoch. */
  readonly now: number | undefined
  /** The newest nonce that its server had sent before. */
  readonly nonce: string | undefined
  /** The status of the answer. */
  readonly status: number | undefined
}

type JsonObject = Record<string, unknown>

/** Every request with a DPoP field, in its order; undefined if this is not a HAR file. */
export function parseHar(text: string): readonly RecordedRequest[] | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  const log = isJsonObject(document) ? document.log : undefined
  if (!isJsonObject(log) || !Array.isArray(log.entries)) return undefined
  const nonces = new Map<string, string>()
  const found: RecordedRequest[] = []
  for (const entry of log.entries) {
    const { request, response, startedDateTime } = isJsonObject(entry) ? entry : ({} as JsonObject)
    if (!isJsonObject(request) || typeof request.url !== 'string' || !URL.canParse(request.url)) continue
    const { url, method } = request
    const { origin } = new URL(url)
    const fields = valuesOf(request, 'dpop')
    if (fields.length > 0) {
      const authorization = valuesOf(request, 'authorization')
      const [, credentials = ''] = /^(?:DPoP|Bearer) +(\S+)$/i.exec(authorization[0] ?? '') ?? []
      const time = typeof startedDateTime === 'string' ? Date.parse(startedDateTime) : Number.NaN
      found.push({
        fields,
        // Browsers leave it out of what they save, unless they are asked for it.
        authorization: authorization.length > 0 ? authorization : undefined,
        accessToken: isToken68(credentials) ? credentials : undefined,
        method: typeof method === 'string' ? method : undefined,
        url,
        now: Number.isNaN(time) ? undefined : Math.floor(time / 1000),
        nonce: nonces.get(origin),
        status: isJsonObject(response) && typeof response.status === 'number' ? response.status : undefined,
      })
    }
    const nonce = isJsonObject(response) ? valuesOf(response, 'dpop-nonce').at(-1) : undefined
    if (nonce !== undefined) nonces.set(origin, nonce)
  }
  return found
}

/** The one that a person asks about: the last that was rejected, or the last of all. */
export function chooseRequest(requests: readonly RecordedRequest[]): RecordedRequest | undefined {
  return [...requests].reverse().find(({ status = 0 }) => status >= 400) ?? requests.at(-1)
}

function valuesOf({ headers }: JsonObject, name: string): string[] {
  if (!Array.isArray(headers)) return []
  return headers.flatMap((header) => {
    if (!isJsonObject(header) || typeof header.name !== 'string' || typeof header.value !== 'string') return []
    return header.name.toLowerCase() === name ? [header.value] : []
  })
}
