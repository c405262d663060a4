/** Requests of an attacker who has seen a good one, and has everything but the client's key. */
import type { Reason } from '@dpop-guard/core'
import { createProofClient } from '@dpop-guard/testing'
import type { WireRequest } from './make.js'

interface Attempt {
  name: string
  request: WireRequest
  reason: Reason
}

/** The request with its credentials changed in each of these ways. Empty for a request without credentials of ours. */
export function withoutTheKey(request: WireRequest): Attempt[] {
  const [scheme, token = ''] = fieldOf(request, 'authorization').split(' ')
  const attempt = (name: string, changed: WireRequest, reason: Reason): Attempt => ({ name, request: changed, reason })
  if (scheme === 'DPoP') {
    const proof = fieldOf(request, 'dpop')
    return [
      attempt('a proof of another key', replace(request, 'dpop', signAgain(proof)), 'token_key_mismatch'),
      attempt('a proof with a changed signature', replace(request, 'dpop', changeEnd(proof)), 'proof_signature'),
      attempt('the token alone', replace(request, 'dpop', undefined), 'proof_missing'),
      attempt('the proof alone', replace(request, 'authorization', undefined), 'proof_without_token'),
    ]
  }
  if (scheme === 'Bearer') {
    const changed = replace(request, 'authorization', `Bearer ${changeEnd(token)}`)
    return [
      attempt('a token with a changed signature', changed, 'token_signature'),
      attempt('no token', replace(request, 'authorization', undefined), 'credentials_missing'),
    ]
  }
  return []
}

function fieldOf({ headers }: WireRequest, name: string): string {
  return headers[headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name) + 1] ?? ''
}

function replace(request: WireRequest, name: string, value: string | undefined): WireRequest {
  const headers = request.headers.flatMap((one, index) => {
    if (index % 2 === 1) return []
    if (one.toLowerCase() !== name) return [one, request.headers[index + 1] ?? '']
    return value === undefined ? [] : [one, value]
  })
  return { ...request, headers }
}

/** The same claims, signed with a new key. */
function signAgain(proof: string): string {
  const claims = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString())
  return createProofClient().proof({ method: claims.htm, url: claims.htu, now: claims.iat, claims })
}

/** Other bits in the middle of the signature. */
function changeEnd(jws: string): string {
  const index = jws.length - 20
  return jws.slice(0, index) + (jws[index] === 'A' ? 'B' : 'A') + jws.slice(index + 1)
}
