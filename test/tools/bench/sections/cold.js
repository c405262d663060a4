// @ts-check
// As for known clients, the target is for the CPU time of one check at a time, in which no thread is used. With several in flight,
// threads need more CPU time, but use the second core.
import { createIssuer } from '../support/credentials.js'
import { coldFloor } from '../support/floor.js'
import { coldGuards } from '../support/guards.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atMost, verdict } from '../support/targets.js'

export const title = 'Cold: a new key and a new access token every time'

/** @typedef {import('../support/credentials.js').Algorithm} Algorithm */

/** @type {{ algorithm: Algorithm, keys: number, items: number, limit: number }[]} */
const proofs = [
  { algorithm: 'ES256', keys: 300, items: 300, limit: 1.15 },
  { algorithm: 'Ed25519', keys: 300, items: 300, limit: 1.15 },
  { algorithm: 'PS256', keys: 16, items: 160, limit: 1.35 },
]
/** @type {Algorithm[]} */
const tokens = ['ES256', 'RS256']
const pairs = proofs.flatMap((one) => tokens.map((token) => ({ ...one, token })))

const several = 16
const titles = ['proofs', 'tokens', 'in flight', 'CPU / floor', '', 'checks a second / floor', 'others']

/** @param {(text?: string) => void} print */
export async function run(print) {
  const rows = []
  const targets = []
  for (const { algorithm, token, keys, items, limit } of pairs) {
    const issuer = createIssuer(token)
    const grants = createGrants({ algorithm, issuer, count: keys })
    const contenders = [
      coldFloor('floor', issuer),
      coldFloor('floor in turns', issuer, 'in turns'),
      coldGuards({ name: 'one', issuer, grants, concurrency: 1 }),
      coldGuards({ name: 'several', issuer, grants, concurrency: several }),
    ]
    const rounds = await measureRounds({ contenders, makeItems: presentInTurn(grants, items) })
    const target = atMost(
      `cold CPU / floor, ${algorithm} proofs`,
      `cold, ${algorithm} proofs, ${token} tokens, 1 in flight: CPU / floor`,
      rounds.cpu('one', 'floor in turns').middle,
      limit,
    )
    targets.push(target)
    for (const [name, inFlight, base, judged] of /** @type {const} */ ([
      ['one', 1, 'floor in turns', verdict(target)],
      ['several', several, 'floor', ''],
    ])) {
      const [cpu, throughput] = [rounds.cpu(name, base), rounds.throughput(name, 'floor')]
      rows.push([algorithm, token, `${inFlight}`, spread(cpu), judged, spread(throughput), percent(rounds.others)])
    }
  }
  print('The floor: one key import, and a verification of each signature.\n')
  print(makeTable(titles, rows))
  return targets
}
