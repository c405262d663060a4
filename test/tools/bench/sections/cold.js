// @ts-check
import { createIssuer } from '../support/credentials.js'
import { coldFloor } from '../support/floor.js'
import { coldGuards } from '../support/guards.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atMost, verdict } from '../support/targets.js'

export const title = 'Cold: a new key and a new access token every time'

/** @typedef {import('../support/credentials.js').Algorithm} Algorithm */

/** @type {{ algorithm: Algorithm, keys: number, items: number }[]} */
const proofs = [
  { algorithm: 'ES256', keys: 300, items: 300 },
  { algorithm: 'Ed25519', keys: 300, items: 300 },
  { algorithm: 'PS256', keys: 16, items: 160 },
]
/** @type {Algorithm[]} */
const tokens = ['ES256', 'RS256']
const pairs = proofs.flatMap((one) => tokens.map((token) => ({ ...one, token })))

const concurrency = 16
const titles = ['proofs', 'tokens', 'CPU / floor', '', 'checks a second / floor', 'others']

/** @param {(text?: string) => void} print */
export async function run(print) {
  const rows = []
  const targets = []
  for (const { algorithm, token, keys, items } of pairs) {
    const issuer = createIssuer(token)
    const grants = createGrants({ algorithm, issuer, count: keys })
    const contenders = [coldFloor('floor', issuer), coldGuards({ name: 'guard', issuer, grants, concurrency })]
    const rounds = await measureRounds({ contenders, makeItems: presentInTurn(grants, items) })
    const cpu = rounds.cpu('guard', 'floor')
    const target = atMost(`cold, ${algorithm} proofs, ${token} tokens: CPU / floor`, cpu.middle, 1.1)
    targets.push(target)
    const throughput = rounds.throughput('guard', 'floor')
    rows.push([algorithm, token, spread(cpu), verdict(target), spread(throughput), percent(rounds.others)])
  }
  print(`${concurrency} in flight. The floor: one key import, and a verification of each signature.\n`)
  print(makeTable(titles, rows))
  return targets
}
