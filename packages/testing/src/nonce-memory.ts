/** A response of any HTTP client: fetch, undici, supertest, `inject`. */
export interface TestResponse {
  readonly status?: number
  readonly statusCode?: number
  readonly headers: Headers | Readonly<Record<string, unknown>>
}

/** The newest nonce of each server (RFC 9449 section 8.2). */
export class NonceMemory {
  readonly #newest = new Map<string, string>()

  newest(url: string): string | undefined {
    return this.#newest.get(new URL(url).origin)
  }

  remember(url: string, response: TestResponse): void {
    const nonce = fieldOf(response, 'DPoP-Nonce')
    if (nonce !== undefined) this.#newest.set(new URL(url).origin, nonce)
  }
}

/** Whether a server asks to repeat the request with the nonce of this response (RFC 9449 section 9). */
export function isNonceChallenge(response: TestResponse): boolean {
  const status = response.status ?? response.statusCode
  const challenge = fieldOf(response, 'WWW-Authenticate') ?? ''
  return status === 401 && challenge.includes(`error="use_dpop_nonce"`)
}

function fieldOf({ headers }: TestResponse, name: string): string | undefined {
  if (hasGet(headers)) return headers.get(name) ?? undefined
  const value = headers[name.toLowerCase()]
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : undefined
}

/** Not `instanceof`: undici, installed by itself, has a Headers of its own. */
function hasGet(headers: TestResponse['headers']): headers is Headers {
  return typeof headers.get === 'function'
}
