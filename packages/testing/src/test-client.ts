import { Readable } from 'node:stream'
import { type InvalidRequest, mutationsOf } from './invalid-requests/invalid-request.js'
import { type Mutation, readMutationOption, type ValidRequest, writeFields } from './invalid-requests/mutation.js'
import { invalidRequest } from './invalid-requests/table.js'
import { isNonceChallenge, NonceMemory, type TestResponse } from './nonce-memory.js'
import type { ProofClient } from './proof-client.js'
import { type ApiAddress, publicUrlOf, sentTargetOf, sentUrlOf } from './public-url.js'
import type { TokenIssuer } from './token-issuer.js'
import { sendOverWire } from './wire.js'

/** An invalid request: its name, itself, or a mutation of your own. An unknown name throws a TypeError with the nearest one. */
export type InvalidRequestChoice = string | InvalidRequest | Mutation

/** A request that a client makes credentials for. */
export interface TestRequest {
  /** Default GET. */
  method?: string | undefined
  /** A path, or a URL. On a loopback host it stands for the public URL. */
  url: string | URL
  /** The `htu` of the proof, if it does not follow from `url`. */
  htu?: string | undefined
}

/** The two fields that a DPoP request has. */
export interface CredentialHeaders extends Record<string, string> {
  authorization: string
  dpop: string
}

/** Fields by their name in lower case; a list if a field is repeated. */
export type RepeatableHeaders = Record<string, string | string[]>

export interface TestFetchOptions extends RequestInit {
  /** Makes the request invalid on purpose. It is then sent byte by byte, without `fetch`. */
  invalid?: InvalidRequestChoice | undefined
  /** The `htu` of the proof, if it does not follow from the URL. */
  htu?: string | undefined
}

/** A client of your API, with a key of its own and an access token that is bound to it. */
export interface TestClient {
  readonly accessToken: string
  /** Signs the proofs, and can sign others. */
  readonly key: ProofClient
  /**
   * Credentials for one request, with a new proof and the newest known nonce. Use it with an HTTP client that does not fit `send`,
   * and pass each response to `rememberNonce`.
   */
  headers(request: TestRequest): CredentialHeaders
  /** Keeps the nonce of a response, if it has one, for the next request to this URL. Default: the public URL. */
  rememberNonce(response: TestResponse, url?: string | URL): void
  /**
   * Sends a request by any HTTP client, and once more if the server asks for a nonce (RFC 9449 section 8). Returns the last
   * response. Throws a TypeError for an invalid method, target or body, which only `fetch` can send.
   *
   * @example
   * const response = await client.send({ url: '/orders' }, (headers) => app.inject({ url: '/orders', headers }))
   */
  send<Answer extends TestResponse>(
    request: TestRequest & { invalid: InvalidRequestChoice },
    transport: (headers: RepeatableHeaders) => PromiseLike<Answer>,
  ): Promise<Answer>
  send<Answer extends TestResponse>(
    request: TestRequest,
    transport: (headers: CredentialHeaders) => PromiseLike<Answer>,
  ): Promise<Answer>
  /**
   * `fetch` with credentials, following nonces. Redirects are not followed unless you set `redirect`, because a proof is for one URL.
   * A body that is a stream cannot be sent a second time.
   *
   * @example
   * const response = await client.fetch('http://127.0.0.1:3000/orders', { invalid: 'proof-htu-other-host' })
   */
  fetch(url: string | URL, options?: TestFetchOptions): Promise<Response>
}

/** The parts of a client. */
export interface ClientParts extends ApiAddress {
  readonly key: ProofClient
  readonly accessToken: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly issuer: TokenIssuer
  readonly clock: () => number
  readonly fetch: typeof globalThis.fetch
}

/** Sends one request. `mutation` also has what differs from a valid request outside of its fields. */
type Transport<Answer> = (fields: readonly string[], mutation: Mutation) => PromiseLike<Answer>

export function createTestClient(parts: ClientParts): TestClient {
  const { key, accessToken, claims, issuer, clock, fetch } = parts
  const nonces = new NonceMemory()

  function describe({ method = 'GET', url, htu = publicUrlOf(String(url), parts) }: TestRequest): ValidRequest {
    const now = Math.floor(clock())
    const target = sentTargetOf(String(url), parts)
    return { method, url: htu, target, now, client: key, issuer, claims, accessToken, nonce: nonces.newest(htu) }
  }

  /** Sends the requests one after another, and stops when a server asks for a nonce. */
  async function attempt<Answer extends TestResponse>(
    request: TestRequest,
    invalid: InvalidRequestChoice,
    transport: Transport<Answer>,
  ): Promise<Answer> {
    const valid = describe(request)
    let last: Answer | undefined
    for (const mutation of mutationsOf(chosenRequest(invalid), valid).map(readMutationOption)) {
      if (last !== undefined) await discardBody(last)
      last = await transport(writeFields(valid, mutation), mutation)
      nonces.remember(valid.url, last)
      if (isNonceChallenge(last)) return last
    }
    if (last === undefined) throw new TypeError('dpop-guard: an invalid request needs at least one mutation')
    return last
  }

  async function sendBy<Answer extends TestResponse>(
    request: TestRequest & { invalid?: InvalidRequestChoice | undefined },
    transport: Transport<Answer>,
  ): Promise<Answer> {
    const { invalid = {} } = request
    const response = await attempt(request, invalid, transport)
    if (!isNonceChallenge(response)) return response
    await discardBody(response)
    return attempt(request, invalid, transport)
  }

  return {
    accessToken,
    key,
    headers: (request) => groupFields(writeFields(describe(request))) as CredentialHeaders,
    rememberNonce(response, url = parts.publicUrl) {
      nonces.remember(publicUrlOf(String(url), parts), response)
    },
    send: (
      request: TestRequest & { invalid?: InvalidRequestChoice | undefined },
      transport: (headers: CredentialHeaders) => PromiseLike<TestResponse>,
    ) =>
      sendBy(request, (fields, mutation) => {
        checkFieldsAlone(mutation)
        return transport(groupFields(fields) as CredentialHeaders)
      }) as Promise<never>,
    async fetch(url, { invalid, htu, ...init } = {}) {
      const sent = sentUrlOf(String(url), parts)
      // As fetch writes it: "get" is GET, "patch" stays as it is.
      const { method } = new Request(sent, { method: init.method ?? 'GET' })
      const request = { method, url, htu }
      if (invalid === undefined) {
        return sendBy(request, (fields) => {
          const headers = new Headers(init.headers)
          for (const [name, value] of Object.entries(groupFields(fields))) headers.set(name, String(value))
          return fetch(sent, { redirect: 'manual', ...init, headers })
        })
      }
      const given = await readInit(sent, init)
      return sendBy({ ...request, invalid }, (fields, mutation) => {
        const { target = sentTargetOf(String(url), parts) } = mutation
        const { headers, body } = mutation.body === undefined ? given : withBody(given, mutation.body)
        return sendOverWire({
          url: sent,
          method: mutation.method ?? method,
          target,
          fields: [...fields, ...headers],
          body,
        })
      })
    },
  }
}

function chosenRequest(choice: InvalidRequestChoice): Pick<InvalidRequest, 'mutate'> {
  if (typeof choice === 'string') return invalidRequest(choice)
  return 'mutate' in choice ? choice : { mutate: () => choice }
}

function groupFields(fields: readonly string[]): RepeatableHeaders {
  const groups: RepeatableHeaders = {}
  for (let index = 0; index < fields.length; index += 2) {
    const name = (fields[index] ?? '').toLowerCase()
    const value = fields[index + 1] ?? ''
    const before = groups[name]
    groups[name] = before === undefined ? value : [before, value].flat()
  }
  return groups
}

function checkFieldsAlone(mutation: Mutation): void {
  for (const part of ['method', 'target', 'body'] as const) {
    if (mutation[part] === undefined) continue
    throw new TypeError(`dpop-guard: only client.fetch can change the ${part} of a request`)
  }
}

/** The parts of a request other than credentials. */
interface Content {
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** Headers and body as fetch would send them. */
async function readInit(url: string, init: RequestInit): Promise<Content> {
  const request = new Request(url, init)
  return { headers: [...request.headers].flat(), body: new Uint8Array(await request.arrayBuffer()) }
}

/** The new body without the content type of the old one. */
function withBody({ headers }: Content, body: string): Content {
  const kept = headers.filter((_, index) => headers[index - (index % 2)] !== 'content-type')
  return { headers: kept, body: Buffer.from(body) }
}

/** An unread response would keep its connection. */
async function discardBody(response: TestResponse): Promise<void> {
  const body: unknown = 'body' in response ? response.body : undefined
  if (body instanceof ReadableStream) await body.cancel()
  if (body instanceof Readable) body.resume()
}
