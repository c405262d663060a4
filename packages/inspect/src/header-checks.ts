/** RFC 9449 section 4.3, checks 4 to 7: the header of a proof, and its signature. */
import { defaultProofAlgorithms, type ProofAlgorithm, privateMembers } from '@dpop-guard/core'
import {
  CheckFailed,
  checkEmbeddedKey,
  type EmbeddedKey,
  isJsonObject,
  parseCompactJws,
  verifySignature,
} from '@dpop-guard/core/internal'
import { type Check, fail, notChecked, pass } from './check.js'
import { show, showText } from './display.js'
import { isBeforeSignature } from './guard-answer.js'
import type { DecodedJwt } from './jwt.js'
import type { Subject } from './proof-probe.js'
import { isAccessTokenType } from './token-checks.js'

export async function checkType({ header, probe }: Subject): Promise<Check> {
  const title = 'typ'
  if ((await probe.header({ typ: header.typ })) !== 'proof_typ') return pass('4', title)
  return fail('4', title, {
    expected: show('dpop+jwt'),
    received: show(header.typ),
    hint: isAccessTokenType(header.typ)
      ? 'this is an access token: the proof is in the field DPoP, and the token belongs to --token-file'
      : undefined,
  })
}

export async function checkAlgorithm(subject: Subject): Promise<Check> {
  const title = 'alg'
  const { header, request } = subject
  if (await acceptsAlgorithm(subject)) return pass('5', title, showText(header.alg))
  const accepted = request.algorithms ?? defaultProofAlgorithms
  return fail('5', title, {
    expected: `one of ${accepted.join(', ')}`,
    received: show(header.alg),
    hint: 'a guard accepts the algorithms of its option proof.algorithms; see algs in its challenge, and use --algs here',
  })
}

async function acceptsAlgorithm({ header: { alg }, request: { algorithms }, probe }: Subject): Promise<boolean> {
  if (algorithms !== undefined && !algorithms.some((name) => name === alg)) return false
  return (await probe.header({ alg })) !== 'proof_algorithm'
}

export async function checkSignature({ header, text, verdict }: Subject): Promise<Check> {
  const title = 'signature by the key in jwk'
  const why = 'was it signed by another key, or changed afterwards? An ES256 signature is r and s, 64 bytes, not DER'
  if (verdict.verified || !isBeforeSignature(verdict.reason)) {
    return !verdict.verified && verdict.reason === 'proof_signature' ? fail('6', title, { why }) : pass('6', title)
  }
  try {
    await verifyAlone(text, header)
    return pass('6', title)
  } catch (error) {
    if (error instanceof CheckFailed && error.reason === 'proof_signature') return fail('6', title, { why })
    return notChecked('6', title, 'the proof, its alg or its jwk cannot be used')
  }
}

/** The guard's own check of the signature, for a proof that it rejects before that. */
async function verifyAlone(text: string, header: DecodedJwt['header']): Promise<void> {
  const parts = parseCompactJws(text)
  if (parts === undefined) throw new TypeError('not a compact JWS')
  await verifySignature({
    header: { text: parts.header, algorithm: header.alg as ProofAlgorithm, key: openKey(header) },
    claims: { jti: '', htm: '', htu: '', iat: 0 },
    signingInput: parts.signingInput,
    signature: Buffer.from(parts.signature, 'base64url'),
  })
}

/** The key itself, without the members that say what it is for. Throws if there is no usable key. */
function openKey({ jwk, alg }: DecodedJwt['header']): EmbeddedKey {
  const { kty, crv, x, y, n, e, alg: keyAlg, pub } = isJsonObject(jwk) ? jwk : {}
  const members = kty === 'AKP' ? { kty, alg: keyAlg, pub } : { kty, crv, x, y, n, e }
  return checkEmbeddedKey(members, alg as ProofAlgorithm)
}

/** RFC 7638. Undefined if there is no usable key. */
export function thumbprintOf(header: DecodedJwt['header']): string | undefined {
  try {
    return openKey(header).jkt
  } catch {
    return undefined
  }
}

export async function checkKey(subject: Subject): Promise<Check> {
  const title = 'jwk is a public key for alg'
  const { header, probe } = subject
  const { jwk, alg } = header
  if (!isJsonObject(jwk)) return fail('7', title, { why: 'the header has no jwk that is an object' })
  const secrets = privateMembers.filter((name) => Object.hasOwn(jwk, name))
  if (secrets.length > 0) {
    return fail('7', title, {
      why: `jwk has the private member${secrets.length === 1 ? '' : 's'} ${secrets.join(', ')}`,
      hint: 'anyone who saw this proof has the key: make a new one, and send only its public members',
    })
  }
  if (!(await acceptsAlgorithm(subject))) return notChecked('7', title, 'alg is not accepted')
  if ((await probe.header({ alg, jwk })) !== 'proof_key') return pass('7', title)
  const kind = [jwk.kty, jwk.crv]
    .filter((part) => part !== undefined)
    .map(showText)
    .join(' ')
  return fail('7', title, {
    why: `this jwk (${kind || 'no kty'}) is not a good key for ${show(alg)}`,
    hint: 'the curve or the length is wrong, the point is not on the curve, there is padding, or use, key_ops or alg say something else',
  })
}
