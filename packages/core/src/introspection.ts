// Opaque access tokens. A separate entry point, because it needs oauth4webapi and JWT access tokens do not.
import {
  type AuthorizationServer,
  allowInsecureRequests,
  type ClientAuth,
  customFetch,
  type IntrospectionResponse,
  introspectionRequest,
  processIntrospectionResponse,
  ResponseBodyError,
} from 'oauth4webapi'
import { checkStatedContext, type VerifyAccessToken } from './access-token/custom-verifier.js'
import {
  callFetch,
  type FetchFunction,
  type FetchInit,
  globalFetch,
  readFetchOption,
  withinTime,
} from './access-token/fetch.js'
import { readBounded } from './access-token/fetch-json.js'
import { discoverEndpoint } from './access-token/issuer-metadata.js'
import { IssuerWarnings } from './access-token/issuer-warnings.js'
import { TimeBudget } from './access-token/time-budget.js'
import { CheckFailed, CheckUnavailable } from './check-failed.js'
import { loggable } from './loggable-error.js'
import {
  hiddenOption,
  invalidOption,
  missingOption,
  readChoiceOption,
  readObjectOption,
  readSecondsOption,
} from './option-readers.js'
import { isIssuerIdentifier, isSecureUrl } from './request/target-uri.js'

export {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretJwt,
  ClientSecretPost,
  PrivateKeyJwt,
  TlsClientAuth,
} from 'oauth4webapi'

/** How to ask an authorization server about an access token (RFC 7662). */
export interface IntrospectionOptions {
  /** The issuer identifier, exactly as in its metadata: https, or http on a loopback host. With `endpoint`, any string. */
  issuer: string
  /** The introspection endpoint: https, or http on a loopback host. Default: the one in the issuer's metadata. */
  endpoint?: string | undefined
  /** The client id with which this API is registered at the authorization server. */
  clientId: string
  /** How this API authenticates at the endpoint: `ClientSecretBasic(secret)`, `PrivateKeyJwt(key)` and so on. */
  clientAuthentication: ClientAuth
  /**
   * For how long an answer is reused, never past `exp`. A revoked token is accepted for this time. Seconds, 0 to 300, default 10.
   * 0 asks for every request.
   */
  cacheSeconds?: number | undefined
  /** A request to the authorization server that takes longer fails: 503. Seconds, 0.1 to 60, default 5. */
  timeoutSeconds?: number | undefined
  /**
   * What to do if an answer has no `aud`. `reject` (default), or `accept` for a server that says `active` to each API only for
   * that API's own tokens. With any other server, `accept` also accepts tokens that were issued for other APIs.
   */
  missingAudience?: 'reject' | 'accept' | undefined
  /** Fetches the metadata and asks the endpoint. Default: the option `fetch` of the guard, or else the global `fetch`. */
  fetch?: FetchFunction | undefined
}

/**
 * For the option `verifyAccessToken`. Asks the authorization server whether a token is active (RFC 7662), and which key it is
 * bound to (RFC 9449 section 6.2). Answers are cached for a short time. An outage, a timeout or a malformed answer is 503. The
 * guard checks the proof itself and never sends it to the authorization server. Throws a TypeError for invalid options.
 *
 * @example
 * verifyAccessToken: introspection({ issuer, clientId: 'api', clientAuthentication: ClientSecretBasic(secret) })
 */
export function introspection(options: IntrospectionOptions): VerifyAccessToken {
  const { issuer, endpoint, client, clientAuthentication, cacheSeconds, timeoutSeconds, missingAudience, ownFetch } =
    readIntrospectionOptions(options)
  let server = endpoint === undefined ? undefined : Promise.resolve({ issuer, introspection_endpoint: endpoint })
  const warnings = new IssuerWarnings()
  const pending = new Map<string, Promise<IntrospectionResponse>>()

  async function find(fetch: FetchFunction): Promise<AuthorizationServer & { introspection_endpoint: string }> {
    const time = new TimeBudget(timeoutSeconds)
    const found = await discoverEndpoint({ issuer, transport: 'secure', fetch }, 'introspection_endpoint', time, 0)
    warnings.say(found.contradictions)
    return { issuer, introspection_endpoint: found.endpoint.href }
  }

  async function ask(token: string, fetch: FetchFunction): Promise<IntrospectionResponse> {
    try {
      server ??= find(fetch)
      const found = await server
      const response = await introspectionRequest(found, client, clientAuthentication, token, {
        signal: new TimeBudget(timeoutSeconds).share(1),
        [customFetch]: (url, init) => fetchJsonOnly(url, init as IntrospectionInit, fetch),
        // The options accept http only on a loopback host.
        [allowInsecureRequests]: true,
      })
      return await processIntrospectionResponse(found, client, response)
    } catch (error) {
      // Some servers answer this (RFC 7009 section 2.2.1) for a token that they did not issue, instead of "active": false.
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return { active: false }
      // The endpoint may have moved: read the metadata again.
      if (endpoint === undefined) server = undefined
      throw new CheckUnavailable('introspection_unavailable', error)
    }
  }

  /** Simultaneous requests with one token share one request to the authorization server. It ends by its timeout. */
  function askOnce(token: string, fetch: FetchFunction): Promise<IntrospectionResponse> {
    const asked = pending.get(token) ?? ask(token, fetch).finally(() => pending.delete(token))
    pending.set(token, asked)
    return asked
  }

  return async (token, { audience, fetch = globalFetch }) => {
    const claims = await askOnce(token, ownFetch ?? fetch)
    // Always a boolean: the library rejects "true" and 1.
    if (!claims.active) return undefined
    if (claims.aud === undefined && missingAudience === 'reject') {
      throw new CheckFailed('token_audience', { name: 'aud', expected: audience, received: undefined })
    }
    // The guard compares these claims too, but a function that wraps this one may have left some out.
    checkStatedContext(claims, [issuer], audience)
    checkTokenType(claims)
    return { claims, cacheSeconds }
  }
}

/** Members, objects and lists: about as many as the claims of a JWT may have. */
function maxParts({ length }: Buffer): number {
  return Math.max(400, length / 32)
}

/** A request as the library makes it. */
type IntrospectionInit = FetchInit & { readonly method: 'POST'; readonly body: URLSearchParams }

/** Accepts only bounded, plain JSON: nothing here verifies the signature of a signed answer. */
async function fetchJsonOnly(url: string, init: IntrospectionInit, fetch: FetchFunction): Promise<Response> {
  const { signal } = init
  return withinTime(url, signal, async () => {
    const { method, headers, body } = init
    const response = await callFetch(fetch, url, { method, headers, body, redirect: 'manual', signal })
    const text = await readBounded(response, url, signal, maxParts)
    const type = response.headers.get('content-type') ?? ''
    if (!/^application\/json\b/i.test(type)) throw loggable(new Error(`${url} did not answer with JSON`))
    const challenge = response.headers.get('www-authenticate')
    const kept = { 'content-type': type, ...(challenge !== null && { 'www-authenticate': challenge }) }
    return new Response(text, { status: response.status, headers: kept })
  })
}

/**
 * RFC 9449 section 6.2: if the answer has a token type, it must be DPoP for a token that is bound to a key, and only for such.
 */
function checkTokenType({ token_type: type, cnf }: IntrospectionResponse): void {
  if (type === undefined) return
  const saysDpop = typeof type === 'string' && type.toLowerCase() === 'dpop'
  const bound = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
  if (saysDpop === bound) return
  const expected = bound ? 'DPoP' : 'any type other than DPoP, without cnf.jkt'
  throw new CheckFailed('token_binding_unconfirmed', { name: 'token_type', expected: [expected], received: type })
}

/** Some other characters cannot be percent-encoded, and then every request would fail. */
const clientIdCharacters = /^[\x20-\x7e]+$/

function readIntrospectionOptions(given: IntrospectionOptions) {
  if (typeof given === 'object' && given !== null && 'insecureHttp' in given) {
    throw new TypeError(
      'dpop-guard: unknown option "insecureHttp", because introspection() sends access tokens and the client secret of this ' +
        'API, which must not travel in plain text: use an https "endpoint", or http on a loopback host',
    )
  }
  const options = readObjectOption('', given, [
    'issuer',
    'endpoint',
    'clientId',
    'clientAuthentication',
    'cacheSeconds',
    'timeoutSeconds',
    'missingAudience',
    'fetch',
  ] satisfies (keyof IntrospectionOptions)[])
  const { clientId, clientAuthentication } = options
  const url = 'an https URL (http only on a loopback host)'
  const { issuer } = options
  if (issuer === undefined) throw missingOption('issuer', "the authorization server's URL, as in its metadata")
  if (options.endpoint === undefined && !isIssuerIdentifier(issuer)) {
    throw invalidOption('issuer', issuer, `${url}, without query and fragment; any identifier with an "endpoint"`)
  }
  if (typeof issuer !== 'string' || issuer === '') throw invalidOption('issuer', issuer, 'an issuer identifier')
  if (options.endpoint !== undefined && !isSecureUrl(options.endpoint))
    throw invalidOption('endpoint', options.endpoint, url)
  if (clientId === undefined) throw missingOption('clientId', "this API's client id at the authorization server")
  if (typeof clientId !== 'string' || !clientIdCharacters.test(clientId)) {
    throw invalidOption('clientId', clientId, 'a string of printable ASCII (RFC 6749 appendix A.1)')
  }
  if (typeof clientAuthentication !== 'function') {
    // Not shown: it may be the secret itself.
    const expected = 'a function such as ClientSecretBasic(secret)'
    if (clientAuthentication === undefined) throw missingOption('clientAuthentication', expected)
    throw hiddenOption('clientAuthentication', expected)
  }
  return {
    issuer,
    endpoint: options.endpoint,
    client: { client_id: clientId },
    clientAuthentication: clientAuthentication as ClientAuth,
    cacheSeconds: readSecondsOption('cacheSeconds', options.cacheSeconds, 10, { min: 0, max: 300 }),
    timeoutSeconds: readSecondsOption('timeoutSeconds', options.timeoutSeconds, 5, { min: 0.1, max: 60 }),
    missingAudience: readChoiceOption('missingAudience', options.missingAudience, 'reject', ['reject', 'accept']),
    ownFetch: readFetchOption(options.fetch),
  }
}
