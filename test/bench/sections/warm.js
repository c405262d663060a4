// @ts-check
// CPU time is steady with many checks in flight. With one, each verification wakes a thread that sleeps, and what that costs
// depends on what else the machine does: those rows are printed for comparison and have no target.
import { createIssuer } from '../support/credentials.js'
import { warmFloor } from '../support/floor.js'
import { warmGuard } from '../support/guards.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atLeast, atMost, verdict } from '../support/targets.js'

export const title = 'Warm: key and access token are known'

/** @type {{ algorithm: import('../support/credentials.js').Algorithm, clients: number, keys: number, tokens?: import('../support/credentials.js').Algorithm, items: number, lanes: number[] }[]} */
const scenes = [
  { algorithm: 'ES256', clients: 1, keys: 1, items: 1000, lanes: [1, 16, 64] },
  { algorithm: 'ES256', clients: 1000, keys: 1000, items: 1000, lanes: [16, 64] },
  { algorithm: 'ES256', clients: 1, keys: 1, tokens: 'RS256', items: 1000, lanes: [16] },
  { algorithm: 'Ed25519', clients: 1, keys: 1, items: 1000, lanes: [1, 16, 64] },
  { algorithm: 'Ed25519', clients: 1000, keys: 1000, items: 1000, lanes: [16, 64] },
  // RSA keys take long to make, and RSA proofs to sign.
  { algorithm: 'PS256', clients: 1, keys: 1, items: 300, lanes: [1, 16, 64] },
  { algorithm: 'PS256', clients: 1000, keys: 16, items: 300, lanes: [16, 64] },
]

const titles = ['proofs', 'tokens', 'clients', 'in flight', 'CPU / floor', '', 'checks a second / floor', '', 'others']

/** @param {(text?: string) => void} print */
export async function run(print) {
  const rows = []
  const targets = []
  for (const { algorithm, clients, keys, tokens = 'ES256', items, lanes } of scenes) {
    const issuer = createIssuer(tokens)
    const grants = createGrants({ algorithm, issuer, count: clients, keys })
    const guards = lanes.map((concurrency) => warmGuard({ name: `guard, ${concurrency}`, issuer, grants, concurrency }))
    const contenders = [warmFloor('floor'), ...(await Promise.all(guards))]
    const rounds = await measureRounds({ contenders, makeItems: presentInTurn(grants, items) })
    for (const concurrency of lanes) {
      const cpu = rounds.cpu(`guard, ${concurrency}`, 'floor')
      const throughput = rounds.throughput(`guard, ${concurrency}`, 'floor')
      const scene = `${algorithm} proofs, ${tokens} tokens, ${clients === 1 ? '1 client' : `${clients} clients`}, ${concurrency} in flight`
      const cpuTarget = atMost(`warm, ${scene}: CPU / floor`, cpu.middle, 1.05)
      const throughputTarget = atLeast(`warm, ${scene}: checks a second / floor`, throughput.middle, 1.5)
      const pair = concurrency === 1 ? [] : [cpuTarget, throughputTarget]
      const [cpuVerdict = '', throughputVerdict = ''] = pair.map(verdict)
      targets.push(...pair)
      rows.push([
        algorithm,
        tokens,
        `${clients}`,
        `${concurrency}`,
        spread(cpu),
        cpuVerdict,
        spread(throughput),
        throughputVerdict,
        percent(rounds.others),
      ])
    }
  }
  print(makeTable(titles, rows))
  return targets
}
