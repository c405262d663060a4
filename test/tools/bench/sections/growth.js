// @ts-check
import { memoryReplayStore } from '@dpop-guard/core'
import { createClient, createIssuer } from '../support/credentials.js'
import { warmGuard } from '../support/guards.js'
import { createKeys } from '../support/keys.js'
import { spaced } from '../support/numbers.js'
import { createGrants, present, presentNext } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'

export const title = 'As work grows'

/** @typedef {import('../support/presentations.js').Presentation} Presentation */
/** @typedef {import('../support/presentations.js').Grant} Grant */
/** @typedef {{ count: number, grants: readonly Grant[], next: () => Presentation, changes?: import('../support/guards.js').GuardChanges }} Step */
/** @typedef {{ unit: string, remark: string, makeSteps: (issuer: import('../support/credentials.js').Issuer) => Step[] }} Series */

const concurrency = 16
const items = 500

/** More clients than the guard keeps keys or tokens for. */
const manyClients = 12_000

/** @type {Series} */
const clients = {
  unit: 'clients in turn, each with a key and an access token',
  remark: [
    'The guard keeps 10 000 keys and 10 000 tokens. With 100 000 clients in strict turn, each is new again at its next request.',
    `So the bench makes the clients of the last row one by one, for a guard that has seen ${spaced(manyClients)} others.`,
  ].join(' '),
  makeSteps: (issuer) => {
    const steps = [1, 10, 1000].map((count) => {
      const grants = createGrants({ algorithm: 'ES256', issuer, count })
      return { count, grants, next: presentNext(grants) }
    })
    const others = createGrants({ algorithm: 'ES256', issuer, count: manyClients })
    const next = () => {
      const client = createClient('ES256')
      return present({ client, accessToken: issuer.mintAccessToken(client.jkt) })
    }
    return [...steps, { count: 100_000, grants: others, next }]
  },
}

/** @type {Series} */
const lengths = {
  unit: 'characters of proof',
  remark: 'A longer proof is decoded, parsed and hashed.',
  makeSteps: (issuer) => {
    const grants = createGrants({ algorithm: 'ES256', issuer, count: 1 })
    const [grant] = grants
    if (grant === undefined) throw new TypeError('a grant was made')
    const shortest = present(grant).proof.length
    const padded = (/** @type {number} */ count) => {
      // Base64url writes three bytes as four characters; the claim's name takes 13.
      const padding = 'a'.repeat(Math.max(0, Math.floor(((count - shortest) * 3) / 4) - 13))
      return () => present(grant, { claims: { padding } })
    }
    return [
      { count: shortest, grants, next: presentNext(grants) },
      ...[1024, 2048, 4096, 8192].map((count) => ({ count, grants, next: padded(count) })),
    ]
  },
}

/** @type {Series} */
const entries = {
  unit: 'live entries in the memory replay store',
  remark: '',
  makeSteps: (issuer) => {
    const grants = createGrants({ algorithm: 'ES256', issuer, count: 1 })
    return [0, 1000, 100_000, 1_000_000].map((count) => {
      const replay = memoryReplayStore({ maxEntries: 2_000_000 })
      const nextKey = createKeys()
      for (let index = 0; index < count; index++) replay.addIfAbsent(nextKey(), 3600)
      return { count, grants, next: presentNext(grants), changes: { replayStore: replay } }
    })
  },
}

/** @param {Series} series */
async function measureSeries({ unit, makeSteps }) {
  const issuer = createIssuer('ES256')
  const contenders = []
  for (const { count, grants, next, changes } of makeSteps(issuer)) {
    const guard = await warmGuard({ name: spaced(count), issuer, grants, concurrency, ...(changes && { changes }) })
    /** @type {Presentation[]} */
    let presentations = []
    contenders.push({
      name: guard.name,
      prepare: (/** @type {readonly undefined[]} */ places) => {
        presentations = places.map(next)
      },
      run: () => guard.run(presentations),
    })
  }
  const rounds = await measureRounds({ contenders, makeItems: () => Array.from({ length: items }, () => undefined) })
  const first = contenders[0]?.name ?? ''
  const rows = contenders.map(({ name }) => [
    name,
    spread(rounds.throughput(name, first)),
    spread(rounds.cpu(name, first)),
    percent(rounds.others),
  ])
  return makeTable([unit, 'checks a second / first row', 'CPU / first row', 'others'], rows)
}

/** @param {(text?: string) => void} print */
export async function run(print) {
  print(`ES256 proofs and tokens, ${concurrency} in flight, known to the guard.`)
  for (const series of [clients, lengths, entries]) {
    print(`\n${await measureSeries(series)}`)
    if (series.remark !== '') print(`\n${series.remark}`)
  }
  return []
}
