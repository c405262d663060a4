// @ts-check
// The cost of a bad request, compared with a good one. A rejected request is not stored, so it can be sent again within a turn.
import { randomBytes } from 'node:crypto'
import { createIssuer, spoilSignature } from '../support/credentials.js'
import { createGuardOf, warmGuard } from '../support/guards.js'
import { createGrants, createRequest, present, presentInTurn } from '../support/presentations.js'
import { inLanes, measureRounds } from '../support/rounds.js'
import { makeTable, percent } from '../support/table.js'
import { atMost, verdict } from '../support/targets.js'

export const title = 'Rejections: a bad request against a good one'

/** @typedef {import('../support/presentations.js').Presentation} Presentation */
/** @typedef {import('../support/presentations.js').Request} Request */
/** @typedef {{ text: string, reason: string, make: (good: Presentation, untrusted: Presentation) => Request }} Kind */

const concurrency = 16
const items = 400

/** @param {import('../support/credentials.js').ProofChanges} changes */
const withProof = (changes) => (/** @type {Presentation} */ good) => present(good, changes).request

/** The good request with other values of its two fields. @param {Presentation} good @param {{ token?: string, proof?: string }} changes */
const replace = ({ accessToken, proof }, changes) =>
  createRequest(`DPoP ${changes.token ?? accessToken}`, changes.proof ?? proof)

const randomText = (/** @type {number} */ length) => randomBytes(length).toString('base64url').slice(0, length)

/** Requests without usable credentials. @type {Kind[]} */
const garbage = [
  { text: 'no credentials', reason: 'credentials_missing', make: () => createRequest(undefined) },
  {
    text: 'a proof alone',
    reason: 'proof_without_token',
    make: ({ proof }) => createRequest(undefined, proof),
  },
  {
    text: 'unknown scheme',
    reason: 'scheme_unsupported',
    make: ({ proof }) => createRequest('Basic dXNlcjpwYXNzd29yZA==', proof),
  },
  {
    text: 'random Authorization',
    reason: 'scheme_unsupported',
    make: () => createRequest(randomBytes(300).toString('latin1')),
  },
  {
    text: 'malformed base64 as token',
    reason: 'authorization_malformed',
    make: (good) => replace(good, { token: `${good.accessToken.slice(0, 200)}%${good.accessToken.slice(200)}` }),
  },
  {
    text: 'malformed base64 as proof',
    reason: 'proof_malformed',
    make: (good) => replace(good, { proof: `${good.proof.slice(0, 200)}%${good.proof.slice(200)}` }),
  },
  {
    text: 'random token',
    reason: 'token_malformed',
    make: (good) => replace(good, { token: randomText(400) }),
  },
  {
    text: 'random token of three parts',
    reason: 'token_malformed',
    make: (good) => replace(good, { token: [100, 300, 86].map(randomText).join('.') }),
  },
]

/** Proofs of a known client and token that fail before the check of their signature. @type {Kind[]} */
const beforeSignature = [
  { text: 'no proof', reason: 'proof_missing', make: ({ accessToken }) => createRequest(`DPoP ${accessToken}`) },
  {
    text: 'proof too long',
    reason: 'proof_too_long',
    make: withProof({ claims: { padding: 'a'.repeat(8000) } }),
  },
  {
    text: 'random proof of three parts',
    reason: 'proof_malformed',
    make: (good) => replace(good, { proof: [200, 300, 86].map(randomText).join('.') }),
  },
  { text: 'typ', reason: 'proof_typ', make: withProof({ header: { typ: 'JWT' } }) },
  { text: 'alg none', reason: 'proof_algorithm', make: withProof({ header: { alg: 'none' } }) },
  { text: 'alg HS256', reason: 'proof_algorithm', make: withProof({ header: { alg: 'HS256' } }) },
  { text: 'crit', reason: 'proof_header', make: withProof({ header: { crit: ['b64'] } }) },
  { text: 'jwk missing', reason: 'proof_key', make: withProof({ header: { jwk: undefined } }) },
  {
    text: 'private jwk',
    reason: 'proof_key',
    make: (good) => withProof({ header: { jwk: { ...good.client.jwk, d: randomText(43) } } })(good),
  },
  { text: 'jti a number', reason: 'proof_claims', make: withProof({ claims: { jti: 1 } }) },
  { text: 'jti too long', reason: 'proof_claims', make: withProof({ claims: { jti: randomText(300) } }) },
  {
    text: "another client's proof",
    reason: 'token_key_mismatch',
    make: (good, untrusted) => replace(good, { proof: untrusted.proof }),
  },
]

/** Faults that the guard finds only with a signature verification, of the proof or of the token. @type {Kind[]} */
const afterSignature = [
  {
    text: 'proof signature',
    reason: 'proof_signature',
    make: (good) => replace(good, { proof: spoilSignature(good.proof) }),
  },
  { text: 'htm', reason: 'proof_htm', make: withProof({ claims: { htm: 'POST' } }) },
  { text: 'htu', reason: 'proof_htu', make: withProof({ claims: { htu: 'https://api.example.com/' } }) },
  { text: 'ath', reason: 'proof_ath', make: withProof({ claims: { ath: randomText(43) } }) },
  { text: 'iat an hour ago', reason: 'proof_expired', make: (good) => withProof({ claims: { iat: hourAgo() } })(good) },
  {
    text: 'token signature',
    reason: 'token_signature',
    make: (good) => replace(good, { token: spoilSignature(good.accessToken) }),
  },
]

const hourAgo = () => Math.floor(Date.now() / 1000) - 3600

const groups = [
  { title: 'garbage', kinds: garbage, limit: 0.06 },
  { title: 'before a signature', kinds: beforeSignature, limit: 0.1 },
  { title: 'after a signature', kinds: afterSignature },
]

/**
 * @param {Kind} kind
 * @param {import('@dpop-guard/core').Guard} guard
 * @param {import('../support/presentations.js').Grant} other
 * @returns {import('../support/rounds.js').Contender<Presentation>}
 */
function rejections({ text, reason, make }, guard, other) {
  /** @type {Request[]} */
  let requests = []
  const run = inLanes(concurrency, async (/** @type {Request} */ request) => {
    const verdict = await guard.check(request)
    return !verdict.accepted && verdict.reason === reason
  })
  return {
    name: text,
    use: 'again',
    prepare: (goods) => {
      const untrusted = present(other)
      requests = goods.map((good) => make(good, untrusted))
    },
    run: () => run(requests),
  }
}

/** @param {(text?: string) => void} print */
export async function run(print) {
  const issuer = createIssuer('ES256')
  const grants = createGrants({ algorithm: 'ES256', issuer, count: 2 })
  const [grant, other] = grants
  if (grant === undefined || other === undefined) throw new TypeError('two grants were made')
  const accepted = await warmGuard({ name: 'accepted', issuer, grants, concurrency })
  const guard = createGuardOf(issuer)
  await guard.check(present(grant).request)
  const makeItems = presentInTurn([grant], items)
  const rows = []
  const targets = []
  for (const { title: group, kinds, limit } of groups) {
    const contenders = kinds.map((kind) => rejections(kind, guard, other))
    const rounds = await measureRounds({ contenders: [accepted, ...contenders], makeItems })
    for (const { text, reason } of kinds) {
      const cost = rounds.cpu(text, 'accepted')
      const target =
        limit === undefined
          ? undefined
          : atMost(`${group}: CPU / accepted`, `rejections, ${text}: CPU / accepted`, cost.middle, limit)
      if (target !== undefined) targets.push(target)
      rows.push([
        group,
        text,
        reason,
        `1/${(1 / cost.middle).toFixed(1)}`,
        `1/${(1 / cost.high).toFixed(1)} to 1/${(1 / cost.low).toFixed(1)}`,
        target === undefined ? '' : verdict(target),
        percent(rounds.others),
      ])
    }
  }
  print(`${concurrency} in flight, ES256 proofs; key and token are known, except where the token is what is wrong.\n`)
  print(makeTable(['fails', 'what is wrong', 'reason', 'CPU / accepted', 'quartiles', '', 'others'], rows))
  return targets
}
