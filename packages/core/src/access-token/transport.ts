import { isHttpUrl, isIssuerIdentifier, isSecureUrl } from '../request/target-uri.js'

/**
 * How requests may reach an issuer. `secure` is https, or http that does not leave the machine. `insecure-http` also allows http
 * to the issuer's own host, where anyone between can put their own keys into the answer.
 */
export type Transport = 'secure' | 'insecure-http'

/** RFC 8414 section 2: a URL without query and fragment, over an allowed transport. */
export function isReachableIssuer(value: unknown, transport: Transport): value is string {
  if (isIssuerIdentifier(value)) return true
  return transport === 'insecure-http' && isHttpUrl(value) && !/[?#]/.test(value)
}

/** Whether an endpoint from an issuer's metadata may be used. */
export function isEndpointOf(issuer: string, endpoint: unknown, transport: Transport): endpoint is string {
  if (!isHttpUrl(endpoint)) return false
  const { protocol, hostname } = new URL(endpoint)
  if (protocol === 'https:') return true
  const from = new URL(issuer)
  // An issuer on another machine must not name a server on this machine.
  if (isSecureUrl(endpoint)) return from.protocol === 'http:' && isSecureUrl(issuer)
  return transport === 'insecure-http' && hostname === from.hostname
}
