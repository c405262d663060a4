// @ts-check
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { atproto } from '../peers/atproto.js'
import { expressOauth2JwtBearer } from '../peers/express-oauth2-jwt-bearer.js'
import { oauth4webapi } from '../peers/oauth4webapi.js'
import { createIssuer, spoilSignature } from '../support/credentials.js'
import { coldFloor, warmFloor } from '../support/floor.js'
import { coldGuards, createGuardOf, warmGuard } from '../support/guards.js'
import { createGrants, createRequest, present, presentInTurn } from '../support/presentations.js'
import { inLanes, measureRounds, UnexpectedVerdict } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atMost, verdict } from '../support/targets.js'

export const title = 'Other validators of DPoP requests'

/** @typedef {import('../support/presentations.js').Presentation} Presentation */
/** @typedef {import('../support/presentations.js').Grant} Grant */
/** @typedef {import('../peers/peer.js').Peer<any>} Peer */

const concurrency = 16
const keys = 300
const items = 500

/** @type {{ dependencies: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** @param {{ name: string }} peer */
const label = ({ name }) => [name, manifest.dependencies[name]].join(' ').trim()

/** Claims of access tokens that all validators accept. */
const tokenClaims = () => ({ jti: `tok-${randomBytes(16).toString('hex')}` })

/** @param {import('../support/credentials.js').Issuer} issuer @returns {Peer} */
function guardAsPeer(issuer) {
  const guard = createGuardOf(issuer)
  return {
    name: 'dpop-guard',
    read: (request) => request,
    accepts: async (request) => (await guard.check(request)).accepted,
    facts: { nonces: 'can, off here', keys: 'yes', tokens: 'yes' },
  }
}

/** Good requests with one change each. @type {[text: string, change: (good: Presentation, other: Presentation) => import('../support/presentations.js').Request][]} */
const probes = [
  [
    'signature of the proof changed',
    ({ accessToken, proof }) => createRequest(`DPoP ${accessToken}`, spoilSignature(proof)),
  ],
  [
    'signature of the token changed',
    ({ accessToken, proof }) => createRequest(`DPoP ${spoilSignature(accessToken)}`, proof),
  ],
  ["another client's key", ({ accessToken }, { client }) => present({ client, accessToken }).request],
  ['`htm` of another method', (good) => present(good, { claims: { htm: 'POST' } }).request],
  ['`htu` of another path', (good) => present(good, { claims: { htu: 'https://api.example.com/' } }).request],
  ['`ath` of another token', (good, other) => present(good, { claims: { ath: readAth(other.proof) } }).request],
  ['`iat` an hour ago', (good) => present(good, { claims: { iat: Math.floor(Date.now() / 1000) - 3600 } }).request],
  ['`typ` JWT', (good) => present(good, { header: { typ: 'JWT' } }).request],
  ['bound token as Bearer', ({ accessToken }) => createRequest(`Bearer ${accessToken}`)],
  ['proof used before', ({ request }) => request],
]

/** @param {string} proof @returns {string} */
function readAth(proof) {
  return JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()).ath
}

/**
 * The verdict of each validator for every probe. All must accept the good request and reject a changed signature, or a comparison
 * has no meaning.
 *
 * @param {readonly Peer[]} peers
 * @param {Grant} grant
 * @param {Grant} otherGrant
 */
async function probeAll(peers, grant, otherGrant) {
  const verdicts = await Promise.all(
    peers.map(async ({ name, read, accepts }) => {
      const good = present(grant)
      if (!(await accepts(read(good.request)))) throw new UnexpectedVerdict(`${name} rejects a good request`)
      const other = present(otherGrant)
      const rejected = []
      for (const [, change] of probes) rejected.push(!(await accepts(read(change(good, other)))))
      if (!rejected[0] || !rejected[1]) throw new UnexpectedVerdict(`${name} accepts a changed signature`)
      return rejected.map((one) => (one ? 'rejected' : 'accepted'))
    }),
  )
  return probes.map(([text], index) => [text, ...verdicts.map((one) => one[index] ?? '')])
}

/** @param {Peer} peer @returns {import('../support/rounds.js').Contender<Presentation>} */
function contend({ name, read, accepts }) {
  const run = inLanes(concurrency, accepts)
  /** @type {unknown[]} */
  let inputs = []
  return {
    name,
    prepare: (presentations) => {
      inputs = presentations.map(({ request }) => read(request))
    },
    run: () => run(inputs),
  }
}

/** @param {(text?: string) => void} print */
export async function run(print) {
  const issuer = createIssuer('ES256')
  const peers = [expressOauth2JwtBearer(issuer), oauth4webapi(issuer), await atproto(issuer)]
  const grants = createGrants({ algorithm: 'ES256', issuer, count: keys, claims: tokenClaims })
  const [grant, otherGrant] = grants
  if (grant === undefined || otherGrant === undefined) throw new TypeError('grants were made')

  const all = [guardAsPeer(issuer), ...peers]
  const facts = [
    ['server nonces', ...all.map(({ facts: { nonces } }) => nonces)],
    ["keeps clients' imported keys", ...all.map(({ facts: { keys: kept } }) => kept)],
    ['keeps verified access tokens', ...all.map(({ facts: { tokens } }) => tokens)],
  ]
  print(makeTable(['', ...all.map(label)], [...(await probeAll(all, grant, otherGrant)), ...facts]))

  const name = 'dpop-guard'
  const scenes = [
    {
      text: 'warm',
      limit: 0.2,
      floor: warmFloor('floor'),
      guard: await warmGuard({ name, issuer, grants: [grant], concurrency }),
      makeItems: presentInTurn([grant], items),
    },
    {
      text: 'cold',
      limit: 0.7,
      floor: coldFloor('floor', issuer),
      guard: coldGuards({ name, issuer, grants, concurrency }),
      makeItems: presentInTurn(grants, keys),
    },
  ]
  const rows = []
  const targets = []
  for (const { text, limit, floor, guard, makeItems } of scenes) {
    const rounds = await measureRounds({ contenders: [floor, guard, ...peers.map(contend)], makeItems })
    for (const peer of [guard, ...peers]) {
      const perSecond = rounds.throughput(peer.name, 'floor')
      const ofPeer = peer === guard ? undefined : rounds.cpu(name, peer.name)
      rows.push([
        text,
        label(peer),
        spread(rounds.cpu(peer.name, 'floor')),
        spread(perSecond),
        ofPeer === undefined ? '' : spread(ofPeer),
        percent(rounds.others),
      ])
    }
    const best = Math.max(...peers.map((peer) => rounds.cpu(name, peer.name).middle))
    targets.push(
      atMost(`${text} CPU / the best peer's`, `peers, ${text}: CPU / that of the best of the others`, best, limit),
    )
  }
  print(`\nES256 proofs and tokens, ${concurrency} in flight; the issuer's key is at hand, and nothing is fetched.\n`)
  const titles = ['', '', 'CPU / floor', 'checks a second / floor', 'CPU of dpop-guard / its CPU', 'others']
  print(makeTable(titles, rows))
  print()
  for (const target of targets) print(`- ${target.text} ${target.value.toFixed(3)}, ${verdict(target)}`)
  return targets
}
