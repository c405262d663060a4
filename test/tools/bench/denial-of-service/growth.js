// @ts-check
// The worst cost of a rejection: its CPU compared with the cheapest valid request, in sizes up to Node's limit of 16 KiB for all
// header fields. Exits with 1 if the cost grows faster than the size.
import { maxHeaderSize } from 'node:http'
import { createClient, resourceUrl } from '../support/credentials.js'
import { createGuardOf } from '../support/guards.js'
import { median } from '../support/numbers.js'
import { cases, client, createRequest, issuer } from './cases.js'

/** @typedef {import('./cases.js').Request} Request */

/** Accepts longer proofs than by default, so that proofs can have all sizes. */
const guard = createGuardOf(issuer, {
  proof: { maxLength: maxHeaderSize, maxAgeSeconds: 3600 },
  replayStore: 'off',
})

const rounds = 5
const cpuOfRound = 15_000

/** Microseconds of CPU of one check, in all threads. @param {() => Request} next */
async function measure(next) {
  for (let warm = 0; warm < 20; warm++) await guard.check(next())
  const costs = []
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    let spent = 0
    let count = 0
    while (spent < cpuOfRound) {
      for (let batch = 0; batch < 10; batch++) await guard.check(next())
      count += 10
      const { user, system } = process.cpuUsage(before)
      spent = user + system
    }
    costs.push(spent / count)
  }
  return median(costs)
}

/** @param {Request | (() => Request)} made @returns {() => Request} */
const maker = (made) => (typeof made === 'function' ? made : () => made)

/** 1 is linear, 2 quadratic. @param {number} costs @param {number} sizes How often the smaller is in the larger. */
const exponent = (costs, sizes) => Math.log(costs) / Math.log(sizes)

/** @param {readonly number[]} costs */
const growthOf = ([quarter = 0, half = 0, full = 0]) => Math.max(exponent(full / quarter, 4), exponent(full / half, 2))

/** @param {readonly (() => Request)[]} makers */
async function measureAll(makers) {
  const costs = []
  for (const next of makers) costs.push(await measure(next))
  return costs
}

/** Measurements have noise. Quadratic growth is far above. */
const maxGrowth = 1.5

/** Known token and key, by algorithm. */
async function measureValid() {
  const costs = []
  for (const algorithm of /** @type {const} */ (['ES256', 'Ed25519', 'PS256'])) {
    const caller = algorithm === 'ES256' ? client : createClient(algorithm)
    const token = issuer.mintAccessToken(caller.jkt)
    const proof = caller.mintProof({ method: 'GET', url: `${resourceUrl}/orders`, accessToken: token })
    const request = createRequest({ token, proof })
    if (!(await guard.check(request)).accepted) throw new Error(`${algorithm} is not accepted`)
    const cost = await measure(() => request)
    console.log(`a valid ${algorithm} request, token and key known: ${cost.toFixed(0)} us`)
    costs.push(cost)
  }
  return Math.min(...costs)
}

const begun = performance.now()
const cheapest = await measureValid()
/** Proof, token and field names need the rest. */
const fullSize = maxHeaderSize - 1536
const sizes = [fullSize / 4, fullSize / 2, fullSize]

console.log(`\nmicroseconds of CPU, for ${sizes.join(', ')} characters in addition to a good request`)
console.log(
  `${'rejected'.padEnd(54)}${'reason'.padEnd(26)}${['1/4', '1/2', 'full', 'growth', 'of valid'].map((text) => text.padStart(9)).join('')}`,
)
let worst = 0
for (const { name, make } of cases) {
  const makers = sizes.map((size) => maker(make(size)))
  let reason = ''
  for (const next of makers) {
    const verdict = await guard.check(next())
    if (verdict.accepted) throw new Error(`accepted: ${name}`)
    reason = verdict.reason
  }
  let costs = await measureAll(makers)
  // Noise does not repeat, real growth does.
  if (growthOf(costs) > maxGrowth) {
    const again = await measureAll(makers)
    costs = costs.map((cost, index) => Math.min(cost, again[index] ?? cost))
  }
  const growth = growthOf(costs)
  const full = costs.at(-1) ?? 0
  worst = Math.max(worst, full / cheapest)
  const superlinear = growth > maxGrowth
  if (superlinear) process.exitCode = 1
  const columns = [...costs.map((cost) => cost.toFixed(1)), growth.toFixed(2), (full / cheapest).toFixed(2)]
  console.log(
    `${name.padEnd(54)}${reason.padEnd(26)}${columns.map((text) => text.padStart(9)).join('')}${superlinear ? '  SUPERLINEAR' : ''}`,
  )
}
console.log(
  `\nthe most expensive rejection costs ${worst.toFixed(1)} of the cheapest valid request; growth is an exponent: 1 is linear`,
)
console.log(`${((performance.now() - begun) / 1000).toFixed(0)} seconds`)
