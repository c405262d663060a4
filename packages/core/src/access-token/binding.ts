import type { Comparison } from '../check-failed.js'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { isJsonObject, typeName } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import type { GuardRequest } from '../request/fields.js'

/**
 * Returns whether the client's certificate has this SHA-256 thumbprint (RFC 8705 section 3.1, base64url). It must be the
 * certificate of the mutual TLS connection of this request. Read a certificate from a header only if a proxy that you control
 * overwrites that header. If it throws or rejects, the answer is 503.
 */
export type CertificateConfirmation = (thumbprint: string, request: GuardRequest) => boolean | Promise<boolean>

/**
 * What an access token is bound to (RFC 7800 section 3): a key (RFC 9449 section 6), a certificate, both, or nothing. A token
 * with a malformed or unknown `cnf` is unconfirmable. It never counts as unbound.
 */
export type Binding = Confirmation | Unconfirmable | undefined

interface Confirmation {
  readonly jkt: string | undefined
  readonly certificate: string | undefined
}

interface Unconfirmable {
  readonly unconfirmable: Comparison
}

const thumbprintBytes = 32

export function parseBinding(claims: Readonly<Record<string, unknown>>): Binding {
  if (!Object.hasOwn(claims, 'cnf')) return undefined
  const { cnf } = claims
  if (!isJsonObject(cnf)) return unconfirmable('cnf', ['an object'], typeName(cnf))
  const { jkt, 'x5t#S256': certificate } = cnf
  if (jkt === undefined && certificate === undefined) {
    return unconfirmable('cnf', ['jkt', 'x5t#S256'], Object.keys(cnf))
  }
  if (jkt !== undefined && !isThumbprint(jkt)) return malformed('cnf.jkt', jkt)
  if (certificate !== undefined && !isThumbprint(certificate)) return malformed('cnf.x5t#S256', certificate)
  return { jkt, certificate }
}

function malformed(name: string, value: unknown): Unconfirmable {
  return unconfirmable(name, ['a SHA-256 thumbprint, base64url'], value)
}

function unconfirmable(name: string, expected: readonly string[], received: unknown): Unconfirmable {
  return { unconfirmable: { name, expected, received } }
}

function isThumbprint(value: unknown): value is string {
  return typeof value === 'string' && decodeBase64url(value)?.length === thumbprintBytes
}

/** The binding of an access token under the DPoP scheme: always to a key, and perhaps to a certificate too. */
export interface KeyBinding {
  readonly jkt: string
  readonly certificate: string | undefined
}

/** RFC 9449 sections 6 and 7.1: under the DPoP scheme the token must be bound to a key. */
export function requireKeyBinding(binding: Binding): KeyBinding {
  if (binding === undefined)
    throw new CheckFailed('token_unbound', { name: 'cnf', expected: ['jkt'], received: undefined })
  if ('unconfirmable' in binding) throw new CheckFailed('token_binding_unconfirmed', binding.unconfirmable)
  const { jkt, certificate } = binding
  if (jkt !== undefined) return { jkt, certificate }
  throw new CheckFailed('token_binding_unconfirmed', { name: 'cnf', expected: ['jkt'], received: 'x5t#S256' })
}

/** RFC 8705 section 3: a token that is bound to a certificate needs that certificate, even if it is also bound to a key. */
export async function requireCertificate(
  thumbprint: string,
  request: GuardRequest,
  confirm: CertificateConfirmation | undefined,
): Promise<void> {
  if (await isConfirmed(thumbprint, request, confirm)) return
  throw new CheckFailed('token_binding_unconfirmed', unconfirmed(thumbprint))
}

/**
 * RFC 9449 section 7.2, RFC 8705 section 3: a token that is bound to a key is never accepted as Bearer. A token that is bound to
 * a certificate is accepted only with that certificate. Returns the certificate's thumbprint, undefined for an unbound token.
 */
export async function checkNotKeyBound(
  binding: Binding,
  request: GuardRequest,
  confirm: CertificateConfirmation | undefined,
): Promise<string | undefined> {
  if (binding === undefined) return undefined
  if ('unconfirmable' in binding) throw new CheckFailed('token_bound_as_bearer', binding.unconfirmable)
  const { jkt, certificate = '' } = binding
  if (jkt !== undefined)
    throw new CheckFailed('token_bound_as_bearer', { name: 'cnf', expected: ['missing'], received: 'jkt' })
  if (!(await isConfirmed(certificate, request, confirm))) {
    throw new CheckFailed('token_bound_as_bearer', unconfirmed(certificate))
  }
  return certificate
}

function unconfirmed(thumbprint: string): Comparison {
  return { name: 'cnf.x5t#S256', expected: ['a certificate that confirmCertificate confirms'], received: thumbprint }
}

async function isConfirmed(
  thumbprint: string,
  request: GuardRequest,
  confirm: CertificateConfirmation | undefined,
): Promise<boolean> {
  if (confirm === undefined) return false
  let confirmed: unknown
  try {
    confirmed = await confirm(thumbprint, request)
    if (typeof confirmed !== 'boolean') throw loggable(new TypeError('confirmCertificate() must return a boolean'))
  } catch (error) {
    throw new CheckUnavailable('certificate_check_unavailable', error)
  }
  return confirmed
}
