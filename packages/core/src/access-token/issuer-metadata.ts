import { printable } from '../diagnostics/redaction.js'
import { isJsonObject, typeName } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { type FetchFunction, globalFetch } from './fetch.js'
import { fetchJson } from './fetch-json.js'
import type { TimeBudget } from './time-budget.js'
import { isEndpointOf, type Transport } from './transport.js'

/** An issuer, and how it is reached. */
export interface IssuerAddress {
  readonly issuer: string
  readonly transport: Transport
  /** Default: the global function. */
  readonly fetch?: FetchFunction | undefined
}

export interface DiscoveredEndpoint {
  readonly endpoint: URL
  /** For operators: what another document said, and the guard did not believe. */
  readonly contradictions: readonly string[]
}

/** A document that names another issuer, or an endpoint that must not be used. */
class Contradiction extends Error {}

/**
 * Finds one of an issuer's endpoints through its metadata: RFC 8414 section 3, or else OpenID Connect Discovery. If anything is
 * wrong with the first document, the second is fetched. The metadata must name exactly this issuer (RFC 8414 section 3.3), and
 * an endpoint that is as secure as the issuer. `time` also has to last for `requestsAfter` more requests. Throws an
 * AggregateError that says what each URL answered.
 */
export async function discoverEndpoint(
  { issuer, transport, fetch = globalFetch }: IssuerAddress,
  member: 'jwks_uri' | 'introspection_endpoint' | 'token_endpoint',
  time: TimeBudget,
  requestsAfter: number,
): Promise<DiscoveredEndpoint> {
  const errors: unknown[] = []
  const urls = metadataUrls(new URL(issuer))
  for (const [index, url] of urls.entries()) {
    try {
      const metadata = await fetchJson(url, time.share(urls.length - index + requestsAfter), fetch)
      const endpoint = requireEndpoint(url, metadata, issuer, member, transport)
      const contradictions = errors.filter((error) => error instanceof Contradiction).map(({ message }) => message)
      return { endpoint, contradictions }
    } catch (error) {
      errors.push(error)
    }
  }
  const answers = errors.map((error) => (error instanceof Error ? error.message : String(error)))
  // The debug log cuts the message short, so the cause says what the last URL answered.
  const cause = errors.at(-1)
  throw loggable(new AggregateError(errors, `no metadata of ${issuer} can be used: ${answers.join('; ')}`, { cause }))
}

function metadataUrls({ origin, pathname }: URL): URL[] {
  const path = pathname.replace(/\/$/, '')
  return [
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
    new URL(`${origin}${path}/.well-known/openid-configuration`),
  ]
}

function requireEndpoint({ href }: URL, metadata: unknown, issuer: string, member: string, transport: Transport): URL {
  if (!isJsonObject(metadata)) throw loggable(new Error(`${href} is not a JSON object`))
  const { issuer: named, [member]: endpoint } = metadata
  // A document that names no issuer is not metadata. Some servers answer {} for every path.
  if (named === undefined) throw loggable(new Error(`${href} names no issuer`))
  if (named !== issuer) throw loggable(new Contradiction(`${href} names another issuer: ${shown(named)}`))
  if (endpoint === undefined) throw loggable(new Error(`${href} has no ${member}`))
  if (!isEndpointOf(issuer, endpoint, transport)) {
    throw loggable(new Contradiction(`${href} names a place for ${member} that must not be asked: ${shown(endpoint)}`))
  }
  return new URL(endpoint)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value) : typeName(value)
}
