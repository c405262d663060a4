import { isHttpUrl, isIssuerIdentifier, isSecureUrl } from '../request/target-uri.js'

/**
 * What an issuer may be asked over: `secure` is https, or http where it does not leave the machine; `insecure-http` is also
 * http to the issuer's own host, where anyone on the way can put keys of their own into the answer.
 */
export type Transport = 'secure' | 'insecure-http'

/** RFC 8414 section 2: a URL without query and fragment, that may be asked. */
export function isReachableIssuer(value: unknown, transport: Transport): value is string {
  if (isIssuerIdentifier(value)) return true
  return transport === 'insecure-http' && isHttpUrl(value) && !/[?#]/.test(value)
}

/** Whether an endpoint that was found in an issuer's metadata may be asked. */
export function isEndpointOf(issuer: string, endpoint: unknown, transport: Transport): endpoint is string {
  if (!isHttpUrl(endpoint)) return false
  const { protocol, hostname } = new URL(endpoint)
  if (protocol === 'https:') return true
  const from = new URL(issuer)
  // What listens on this machine is no business of an issuer elsewhere.
  if (isSecureUrl(endpoint)) return from.protocol === 'http:' && isSecureUrl(issuer)
  return transport === 'insecure-http' && hostname === from.hostname
}
