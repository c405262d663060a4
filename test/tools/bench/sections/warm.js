// @ts-check
// One check at a time, each in its own turn of the event loop, is a server with little load. No thread is used, and the target is
// for CPU time. Many checks at once are a queue. Threads need more CPU time, but use the second core. The target is for throughput
// with the longest queue.
import { createIssuer } from '../support/credentials.js'
import { warmFloor } from '../support/floor.js'
import { warmGuard } from '../support/guards.js'
import { leastCheck } from '../support/least.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atLeast, atMost, verdict } from '../support/targets.js'

export const title = 'Warm: key and access token are known'

/** @type {{ algorithm: import('../support/credentials.js').Algorithm, clients: number, keys: number, tokens?: import('../support/credentials.js').Algorithm, items: number, lanes: number[] }[]} */
const scenes = [
  { algorithm: 'ES256', clients: 1, keys: 1, items: 1000, lanes: [1, 16, 64] },
  { algorithm: 'ES256', clients: 1000, keys: 1000, items: 1000, lanes: [1, 16, 64] },
  { algorithm: 'ES256', clients: 1, keys: 1, tokens: 'RS256', items: 1000, lanes: [1] },
  { algorithm: 'Ed25519', clients: 1, keys: 1, items: 1000, lanes: [1, 16, 64] },
  { algorithm: 'Ed25519', clients: 1000, keys: 1000, items: 1000, lanes: [1, 64] },
  // RSA keys take long to make, and RSA proofs to sign.
  { algorithm: 'PS256', clients: 1, keys: 1, items: 300, lanes: [1, 16, 64] },
  { algorithm: 'PS256', clients: 1000, keys: 16, items: 300, lanes: [1, 64] },
]

const longestQueue = 64

/** The most CPU of one check at a time, as a multiple of the floor. @type {Partial<Record<import('../support/credentials.js').Algorithm, number>>} */
const limits = { ES256: 1.15, Ed25519: 1.12, PS256: 1.45 }

const titles = [
  'proofs',
  'tokens',
  'clients',
  'in flight',
  'CPU / floor',
  '',
  'the least check',
  'checks a second / floor',
  '',
  'others',
]

/** @param {(text?: string) => void} print */
export async function run(print) {
  const rows = []
  const targets = []
  for (const { algorithm, clients, keys, tokens = 'ES256', items, lanes } of scenes) {
    const issuer = createIssuer(tokens)
    const grants = createGrants({ algorithm, issuer, count: clients, keys })
    const guards = lanes.map((concurrency) => warmGuard({ name: `guard, ${concurrency}`, issuer, grants, concurrency }))
    const scales = [warmFloor('floor'), warmFloor('floor in turns', 'in turns'), leastCheck('least')]
    const contenders = [...scales, ...(await Promise.all(guards))]
    const rounds = await measureRounds({ contenders, makeItems: presentInTurn(grants, items) })
    for (const concurrency of lanes) {
      const cpu = rounds.cpu(`guard, ${concurrency}`, concurrency === 1 ? 'floor in turns' : 'floor')
      const throughput = rounds.throughput(`guard, ${concurrency}`, 'floor')
      const scene = `${algorithm} proofs, ${tokens} tokens, ${clients === 1 ? '1 client' : `${clients} clients`}, ${concurrency} in flight`
      const target =
        concurrency === 1
          ? atMost(
              `warm CPU / floor, one at a time, ${algorithm}`,
              `warm, ${scene}: CPU / floor`,
              cpu.middle,
              limits[algorithm] ?? 1,
            )
          : atLeast(
              `64 in flight on two cores, ${algorithm}: checks a second / floor`,
              `warm, ${scene}: checks a second / floor`,
              throughput.middle,
              1.5,
            )
      const judged = concurrency === 1 || concurrency === longestQueue
      if (judged) targets.push(target)
      const cpuVerdict = concurrency === 1 ? verdict(target) : ''
      const throughputVerdict = concurrency === longestQueue ? verdict(target) : ''
      rows.push([
        algorithm,
        tokens,
        `${clients}`,
        `${concurrency}`,
        spread(cpu),
        cpuVerdict,
        concurrency === 1 ? spread(rounds.cpu('least', 'floor in turns')) : '',
        spread(throughput),
        throughputVerdict,
        percent(rounds.others),
      ])
    }
  }
  print('"the least check" is the CPU / floor of the smallest possible check: support/least.js.\n')
  print(makeTable(titles, rows))
  return targets
}
