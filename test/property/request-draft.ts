/** A valid request in pieces. Mutations change them before they are joined and signed. */
import type { KeyObject } from 'node:crypto'
import { resource } from '../support/guard-scene.js'
import { accessTokenHash, type ProofClient, type SignatureAlgorithm, signCompact } from '../support/proof-client.js'

/** Members of a JSON object as raw JSON, so that repeated members, odd names and broken values are possible. */
export type Members = { name: string; value: string }[]

export interface JwsDraft {
  header: Members
  claims: Members
  /** Changes the JSON as a whole. */
  rewrite: { header: (json: string) => string; claims: (json: string) => string }
  alg: SignatureAlgorithm
  privateKey: KeyObject
  /** Changes the signed JWT. */
  respell: (compact: string) => string
}

export interface RequestDraft {
  method: string
  target: string
  token: JwsDraft
  proof: JwsDraft
  scheme: string
  /** Changes the header fields, names and values in pairs. */
  fields: (fields: [name: string, value: string][]) => [name: string, value: string][]
  /** The times at which this one request is sent, in seconds after it was made. */
  attempts: number[]
}

/** Stands for a value that is known only when the pieces are joined. */
const tokenHash = '<ath>'

const same = <Value>(value: Value) => value

export const toMembers = (object: object): Members =>
  Object.entries(object).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: JSON.stringify(name), value: JSON.stringify(value) }],
  )

export interface Cast {
  readonly issuer: { readonly issuer: string; readonly privateKey: KeyObject }
  readonly client: ProofClient
  readonly now: number
  readonly nonce: string | undefined
  readonly jti: string
}

export function draftRequest({ issuer, client, now, nonce, jti }: Cast): RequestDraft {
  const jws = (header: object, claims: object, alg: SignatureAlgorithm, privateKey: KeyObject): JwsDraft => ({
    header: toMembers(header),
    claims: toMembers(claims),
    rewrite: { header: same, claims: same },
    alg,
    privateKey,
    respell: same,
  })
  const tokenClaims = {
    iss: issuer.issuer,
    aud: resource,
    sub: 'alice',
    client_id: 'client-1',
    iat: now,
    exp: now + 300,
    scope: 'orders:read',
    cnf: { jkt: client.jkt },
  }
  const proofClaims = { jti, htm: 'GET', htu: `${resource}/orders`, iat: now, ath: tokenHash, nonce }
  return {
    method: 'GET',
    target: '/orders',
    token: jws({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' }, tokenClaims, 'ES256', issuer.privateKey),
    proof: jws({ typ: 'dpop+jwt', alg: client.alg, jwk: client.jwk }, proofClaims, client.alg, client.privateKey),
    scheme: 'DPoP',
    fields: same,
    attempts: [0],
  }
}

const writeJson = (members: Members) => `{${members.map(({ name, value }) => `${name}:${value}`).join(',')}}`

function assembleJws({ header, claims, rewrite, alg, privateKey, respell }: JwsDraft, accessToken = ''): string {
  const payload = rewrite.claims(writeJson(claims).replace(tokenHash, accessTokenHash(accessToken)))
  return respell(signCompact({ alg, privateKey, header: rewrite.header(writeJson(header)), payload }))
}

/** Joins the pieces: the token first, then a proof with its hash. */
export function assemble(draft: RequestDraft): { method: string; target: string; headers: string[] } {
  const accessToken = assembleJws(draft.token)
  const fields: [string, string][] = [
    ['Host', 'api.example.com'],
    ['Authorization', `${draft.scheme} ${accessToken}`],
  ]
  if (draft.scheme.toLowerCase() !== 'bearer') fields.push(['DPoP', assembleJws(draft.proof, accessToken)])
  return { method: draft.method, target: draft.target, headers: draft.fields(fields).flat() }
}
