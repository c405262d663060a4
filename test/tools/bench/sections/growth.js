// @ts-check
import { memoryReplayStore } from '@dpop-guard/core'
import { createClient, createIssuer } from '../support/credentials.js'
import { createGuardOf, warmGuard } from '../support/guards.js'
import { createKeys } from '../support/keys.js'
import { spaced } from '../support/numbers.js'
import { createGrants, present, presentNext } from '../support/presentations.js'
import { inLanes, measureRounds, UnexpectedVerdict } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atMost, verdict } from '../support/targets.js'

export const title = 'As work grows'

/** @typedef {import('../support/presentations.js').Presentation} Presentation */
/** @typedef {import('../support/presentations.js').Grant} Grant */
/** @typedef {{ count: number, next: () => Presentation, guard: import('../support/guards.js').Contender }} Step */
/** @typedef {{ unit: string, remark: string, makeSteps: (issuer: import('../support/credentials.js').Issuer) => Promise<Step[]> }} Series */

const concurrency = 16
const items = 500

const manyClients = 100_000

/** Of many clients, these are kept for the measurement. The others would take a gigabyte here, and nothing in the guard. */
const keptClients = 5000

/**
 * @param {number} count
 * @param {readonly Grant[]} grants
 * @param {{ issuer: import('../support/credentials.js').Issuer, next?: () => Presentation, changes?: import('../support/guards.js').GuardChanges }} more
 * @returns {Promise<Step>}
 */
async function stepOf(count, grants, { issuer, next = presentNext(grants), changes }) {
  const guard = await warmGuard({ name: spaced(count), issuer, grants, concurrency, ...(changes && { changes }) })
  return { count, next, guard }
}

/** @type {Series} */
const clients = {
  unit: 'clients in turn, each with a key and an access token',
  remark:
    'The last row has `cache: { keys, tokens }` of 100 000. Of its clients, 5000 spread over all of them send requests.',
  async makeSteps(issuer) {
    const few = [1, 10, 1000].map((count) =>
      stepOf(count, createGrants({ algorithm: 'ES256', issuer, count }), { issuer }),
    )
    return [...(await Promise.all(few)), await meetMany(issuer)]
  },
}

/**
 * A guard that knows many clients.
 *
 * @param {import('../support/credentials.js').Issuer} issuer
 * @returns {Promise<Step>}
 */
async function meetMany(issuer) {
  const guard = createGuardOf(issuer, { cache: { keys: manyClients, tokens: manyClients } })
  const check = async (/** @type {Presentation} */ { request }) => (await guard.check(request)).accepted
  /** @type {Grant[]} */
  const kept = []
  for (let index = 0; index < manyClients; index++) {
    const client = createClient('ES256')
    const grant = { client, accessToken: issuer.mintAccessToken(client.jkt) }
    if (!(await check(present(grant)))) throw new UnexpectedVerdict('a guard rejects a good request')
    if (index % (manyClients / keptClients) === 0) kept.push(grant)
  }
  const name = spaced(manyClients)
  return { count: manyClients, next: presentNext(kept), guard: { name, run: inLanes(concurrency, check) } }
}

/** @type {Series} */
const lengths = {
  unit: 'characters of proof',
  remark: 'A longer proof is decoded, parsed and hashed.',
  async makeSteps(issuer) {
    const grants = createGrants({ algorithm: 'ES256', issuer, count: 1 })
    const [grant] = grants
    if (grant === undefined) throw new TypeError('a grant was made')
    const shortest = present(grant).proof.length
    const padded = (/** @type {number} */ count) => {
      // Base64url writes three bytes as four characters; the claim's name takes 13.
      const padding = 'a'.repeat(Math.max(0, Math.floor(((count - shortest) * 3) / 4) - 13))
      return () => present(grant, { claims: { padding } })
    }
    const longer = [1024, 2048, 4096, 8192].map((count) => stepOf(count, grants, { issuer, next: padded(count) }))
    return [await stepOf(shortest, grants, { issuer }), ...(await Promise.all(longer))]
  },
}

/** @type {Series} */
const entries = {
  unit: 'live entries in the memory replay store',
  remark: '',
  async makeSteps(issuer) {
    const grants = createGrants({ algorithm: 'ES256', issuer, count: 1 })
    const steps = [0, 1000, 100_000, 1_000_000].map((count) => {
      const replay = memoryReplayStore({ maxEntries: 2_000_000 })
      const nextKey = createKeys()
      for (let index = 0; index < count; index++) replay.addIfAbsent(nextKey(), 3600)
      return stepOf(count, grants, { issuer, changes: { replayStore: replay } })
    })
    return Promise.all(steps)
  },
}

/** @param {Series} series */
async function measureSeries({ unit, makeSteps }) {
  const contenders = (await makeSteps(createIssuer('ES256'))).map(({ next, guard }) => {
    /** @type {Presentation[]} */
    let presentations = []
    return {
      name: guard.name,
      prepare: (/** @type {readonly undefined[]} */ places) => {
        presentations = places.map(next)
      },
      run: () => guard.run(presentations),
    }
  })
  const rounds = await measureRounds({ contenders, makeItems: () => Array.from({ length: items }, () => undefined) })
  const first = contenders[0]?.name ?? ''
  const rows = contenders.map(({ name }) => [
    name,
    spread(rounds.throughput(name, first)),
    spread(rounds.cpu(name, first)),
    percent(rounds.others),
  ])
  const table = makeTable([unit, 'checks a second / first row', 'CPU / first row', 'others'], rows)
  return { table, growth: rounds.cpu(contenders.at(-1)?.name ?? '', first).middle }
}

/** @param {(text?: string) => void} print */
export async function run(print) {
  print(`ES256 proofs and tokens, ${concurrency} in flight, known to the guard.`)
  const targets = []
  for (const series of [clients, lengths, entries]) {
    const { table, growth } = await measureSeries(series)
    print(`\n${table}`)
    if (series.remark !== '') print(`\n${series.remark}`)
    if (series !== clients) continue
    const target = atMost(
      '100 000 clients in turn, all in the caches: CPU / one client',
      `growth, ${spaced(manyClients)} clients: CPU / one client`,
      growth,
      1.25,
    )
    targets.push(target)
    print(`\nCPU of the last row: ${verdict(target)}.`)
  }
  return targets
}
