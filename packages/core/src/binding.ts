import { decodeBase64url } from './base64url.js'
import { isJsonObject } from './json.js'
import { Refusal } from './refusal.js'

/** How an access token says it is bound (RFC 7800 section 3, RFC 9449 section 6). */
type Binding =
  | { readonly kind: 'unbound' }
  | { readonly kind: 'dpop'; readonly jkt: string }
  /** There is a `cnf`, but nothing here can confirm it: malformed, or of another method. Never the same as unbound. */
  | { readonly kind: 'unconfirmable' }

const thumbprintBytes = 32

function readBinding(claims: Readonly<Record<string, unknown>>): Binding {
  if (!Object.hasOwn(claims, 'cnf')) return { kind: 'unbound' }
  const { cnf } = claims
  if (!isJsonObject(cnf) || Object.hasOwn(cnf, 'x5t#S256')) return { kind: 'unconfirmable' }
  const { jkt } = cnf
  if (typeof jkt !== 'string' || decodeBase64url(jkt)?.length !== thumbprintBytes) return { kind: 'unconfirmable' }
  return { kind: 'dpop', jkt }
}

/** RFC 9449 sections 6 and 7.1: under the DPoP scheme the token must be bound to a key. Gives that key's thumbprint. */
export function requireKeyBinding(claims: Readonly<Record<string, unknown>>): string {
  const binding = readBinding(claims)
  if (binding.kind === 'unbound') throw new Refusal('token_unbound')
  if (binding.kind === 'unconfirmable') throw new Refusal('token_binding_unconfirmed')
  return binding.jkt
}

/** RFC 9449 section 7.2, RFC 8705 section 3: a token that is bound in any way never passes as Bearer. */
export function requireUnbound(claims: Readonly<Record<string, unknown>>): void {
  if (readBinding(claims).kind !== 'unbound') throw new Refusal('token_bound_as_bearer')
}

/** RFC 9449 section 4.3, check 12, second half: the proof's key is the key the token is bound to. */
export function checkKeyBinding(bound: string, proven: string): void {
  if (bound !== proven) throw new Refusal('token_key_mismatch')
}
