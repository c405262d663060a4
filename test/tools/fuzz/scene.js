// @ts-check
/** One issuer and one client for all targets. Their keys come from constants, so that kept inputs stay valid. */
import { createECDH, createHash, createPrivateKey } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { createGuard, diagnosticsChannels } from '@dpop-guard/core'
import { accessTokenHash, jwkThumbprint, signCompact } from '@dpop-guard/testing'
import { createLocalJWKSet } from 'jose'
import { findDeviation } from '../../property/answer.js'
import { createOracle } from '../../property/oracle.js'

export const now = 1_800_000_000
export const issuer = 'https://as.example.com'
export const resource = 'https://api.example.com'

/** @param {string} name */
function deriveKey(name) {
  const secret = createHash('sha256').update(name).digest()
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(secret)
  const point = ecdh.getPublicKey()
  const jwk = {
    crv: 'P-256',
    kty: 'EC',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const key = createPrivateKey({ key: { ...jwk, d: secret.toString('base64url') }, format: 'jwk' })
  return { key, jwk, jkt: jwkThumbprint(jwk) }
}

const issuerKey = deriveKey('issuer')
export const client = deriveKey('client')

export const jwks = { keys: [{ ...issuerKey.jwk, kid: 'k1', alg: 'ES256', use: 'sig' }] }

/** @param {string} header @param {string} payload @param {import('node:crypto').KeyObject} privateKey */
function signBytes(header, payload, privateKey) {
  const bytes = (/** @type {string} */ text) => Buffer.from(text, 'latin1')
  return signCompact({ alg: 'ES256', privateKey, header: bytes(header), payload: bytes(payload) })
}

/** @param {string} header @param {string} claims */
export const signToken = (header, claims) => signBytes(header, claims, issuerKey.key)
/** @param {string} header @param {string} claims */
export const signProof = (header, claims) => signBytes(header, claims, client.key)

export const tokenHeader = JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' })
export const tokenClaims = JSON.stringify({
  iss: issuer,
  aud: resource,
  sub: 'alice',
  client_id: 'client-1',
  exp: now + 300,
  scope: 'orders:read',
  cnf: { jkt: client.jkt },
})
export const accessToken = signToken(tokenHeader, tokenClaims)

const secrets = ['a secret of more than 32 bytes: 0001']

/** @param {'dpop-only' | 'bearer-and-dpop'} mode @param {'iat' | 'both'} freshness */
function createSubject(mode, freshness) {
  const guard = createGuard({
    issuer: { issuer, jwks },
    resource,
    mode,
    freshness,
    ...(freshness !== 'iat' && { nonce: { secrets } }),
    replayStore: 'off',
    clock: () => now,
  })
  return { guard, mode, freshness }
}

export const subjects = [createSubject('dpop-only', 'iat'), createSubject('bearer-and-dpop', 'both')]

const { headers } = await createSubject('dpop-only', 'both').guard.check({ method: 'GET', target: '/', headers: [] })
export const nonce = String(headers['dpop-nonce'])

export const ath = accessTokenHash(accessToken)
export const proofHeader = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk })
export const proofClaims = JSON.stringify({
  jti: 'jti-1',
  htm: 'GET',
  htu: `${resource}/orders`,
  iat: now,
  ath,
  nonce,
})
export const proof = signProof(proofHeader, proofClaims)

/** The last event that operators saw. @type {unknown} */
let lastEvent

for (const channel of Object.values(diagnosticsChannels)) {
  subscribe(channel, (event) => {
    lastEvent = event
  })
}

/**
 * Throws unless untrusted strings in the last event are short, cannot forge a line of a log, and contain no credential. Method and
 * path may contain anything.
 *
 * @param {{ method: string, target: string, headers: readonly string[] }} request
 */
function checkDiagnosis({ method, target, headers }) {
  const shown = Object.values(/** @type {object} */ (lastEvent))
    .flat()
    .filter((value) => typeof value === 'string')
  const bad = shown.find((text) => text.length > 256 || !/^[ -~]*$/.test(text))
  if (bad !== undefined) throw new Error(`an event has ${JSON.stringify(bad)}`)
  const secret = headers.find(
    (value) =>
      value.length > 100 &&
      shown.some(
        (text) => text.length > 64 && value.includes(text) && !method.includes(text) && !target.includes(text),
      ),
  )
  if (secret !== undefined) throw new Error('an event has a credential')
}

const findKey = createLocalJWKSet(/** @type {import('jose').JSONWebKeySet} */ (jwks))

/**
 * Runs both guards. Throws if an answer is not from the failure table, or if a guard accepts a request that the oracle rejects.
 *
 * @param {{ method: string, target: string, headers: readonly string[] }} request
 */
export async function checkRequest(request) {
  for (const { guard, mode, freshness } of subjects) {
    const verdict = await guard.check(request)
    const nonces = freshness === 'iat' ? undefined : [nonce]
    checkDiagnosis(request)
    const deviation = findDeviation(verdict, { mode, resource, nonces })
    if (deviation !== undefined) throw new Error(`the answer has ${deviation}`)
    if (!verdict.accepted) continue
    const oracle = createOracle({ issuer, findKey, audience: resource, publicUrl: resource, mode, freshness })
    const opinion = await oracle.judge({ ...request, now, nonces })
    if (!opinion.accepted) throw new Error(`accepted, but the oracle rejects it: ${opinion.objection}`)
  }
}

/** The parts of an input before and after its first empty line. @param {string} input */
export function splitInTwo(input) {
  const at = input.indexOf('\n\n')
  return at === -1 ? { first: input, second: '' } : { first: input.slice(0, at), second: input.slice(at + 2) }
}
