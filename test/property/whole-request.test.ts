import { createGuard, failures, type Reason } from '@dpop-guard/core'
import fc from 'fast-check'
import { createLocalJWKSet } from 'jose'
import { describe, expect, test } from 'vitest'
import { now, resource } from '../support/guard-scene.js'
import { createProofClient } from '../support/proof-client.js'
import { findDeviation } from './answer.js'
import { type Mutation, mutations } from './mutations.js'
import { createOracle } from './oracle.js'
import { assemble, draftRequest } from './request-draft.js'
import { stricterThanTheOracle } from './stricter.js'

/** Runs for each mode and freshness. They take some seconds; `PROPERTY_RUNS` sets a higher number. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 1000)

const issuerKey = createProofClient('ES256')
const issuer = { issuer: 'https://as.example.com', privateKey: issuerKey.privateKey }
const jwks = { keys: [{ ...issuerKey.jwk, kid: 'k1', alg: 'ES256', use: 'sig' }] }
const findKey = createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0])
const client = createProofClient('ES256')
const secrets = ['a secret of more than 32 bytes: 0001']
const rotationSeconds = 60

type Mode = 'dpop-only' | 'bearer-and-dpop'
type Freshness = 'iat' | 'nonce' | 'both'

/** One guard for all requests of a policy, so that its caches could affect the next request. Only used proofs are forgotten. */
function createWorld(mode: Mode, freshness: Freshness) {
  const clock = { now }
  const used = new Map<string, number>()
  const guard = createGuard({
    issuer: { issuer: issuer.issuer, jwks },
    resource,
    mode,
    freshness,
    ...(freshness !== 'iat' && { nonce: { secrets, rotationSeconds } }),
    replayStore: {
      addIfAbsent(key, ttlSeconds) {
        if ((used.get(key) ?? 0) > clock.now) return false
        used.set(key, clock.now + ttlSeconds)
        return true
      },
    },
    clock: () => clock.now,
  })
  return { clock, used, guard }
}

const worlds = new Map<string, ReturnType<typeof createWorld>>()

/** A new guard where the clock would go back, because a guard notices that. */
function worldOf(mode: Mode, freshness: Freshness, time: number) {
  const name = `${mode} ${freshness}`
  const known = worlds.get(name)
  const world = known !== undefined && known.clock.now <= time ? known : createWorld(mode, freshness)
  worlds.set(name, world)
  world.used.clear()
  return world
}

const nonces = new Map<number, Promise<string>>()

/** The nonce that a guard with these secrets sends at a time to a request without credentials. */
function nonceAt(time: number): Promise<string> {
  const step = Math.floor(time / rotationSeconds)
  const known = nonces.get(step)
  if (known !== undefined) return known
  const { clock, guard } = createWorld('dpop-only', 'nonce')
  clock.now = time
  const found = guard.check({ method: 'GET', target: '/', headers: [] }).then(({ headers }) => {
    const nonce = headers['dpop-nonce']
    if (typeof nonce !== 'string') throw new Error('no nonce')
    return nonce
  })
  nonces.set(step, found)
  return found
}

/** The verdicts of the guard and the oracle for each attempt with one request. */
async function ask(mode: Mode, freshness: Freshness, mutate: readonly Mutation[], jti = 'jti-1') {
  const oracle = createOracle({ ...issuer, findKey, audience: resource, publicUrl: resource, mode, freshness })
  const nonce = freshness === 'iat' ? undefined : await nonceAt(now)
  const draft = draftRequest({ issuer, client, now, nonce, jti })
  for (const mutation of mutate) mutation(draft)
  const request = assemble(draft)
  const { clock, guard } = worldOf(mode, freshness, now + Math.min(...draft.attempts))
  const answers = []
  for (const at of draft.attempts) {
    clock.now = now + at
    const around = [-rotationSeconds, 0, rotationSeconds].map((seconds) => nonceAt(clock.now + seconds))
    const [previous = '', newest = '', next = ''] = await Promise.all(around)
    const known = freshness === 'iat' ? {} : { nonces: [newest] }
    const verdict = await guard.check(request)
    const opinion = await oracle.judge({ ...request, now: clock.now, nonces: [previous, newest, next] })
    answers.push({ verdict, opinion, deviation: findDeviation(verdict, { mode, resource, ...known }) })
  }
  return answers
}

/** Often only one mutation, because another could hide its effect. */
const fewMutations = fc.oneof(
  mutations(now).map((mutation) => [mutation]),
  fc.array(mutations(now), { minLength: 2, maxLength: 4 }),
)

const reviewed = new Set(stricterThanTheOracle.map(({ reason }) => reason))

const modes: Mode[] = ['dpop-only', 'bearer-and-dpop']
const freshnesses: Freshness[] = ['iat', 'nonce', 'both']

const policies = modes.flatMap((mode) => freshnesses.map((freshness) => ({ mode, freshness })))
const { seed = Date.now() } = fc.readConfigureGlobal() ?? {}

describe.each(policies.map((policy, index) => ({ ...policy, ownSeed: seed + index })))(
  'with mode $mode and freshness $freshness',
  ({ mode, freshness, ownSeed }) => {
    test('a request without mutations is accepted', async () => {
      expect(await ask(mode, freshness, [])).toMatchObject([
        { verdict: { accepted: true, auth: { jkt: client.jkt } }, opinion: { accepted: true, jkt: client.jkt } },
      ])
    })

    test(`each of ${numRuns} mutated requests gets an answer of the failure table, and is accepted only if the oracle accepts it`, async ({
      annotate,
    }) => {
      const seen = new Map<string, number>()
      const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
      await fc.assert(
        fc.asyncProperty(fewMutations, async (mutate) => {
          for (const { verdict, opinion, deviation } of await ask(mode, freshness, mutate)) {
            expect(deviation).toBeUndefined()
            if (verdict.accepted) {
              expect(opinion).toEqual({ accepted: true, ...(verdict.auth.jkt && { jkt: verdict.auth.jkt }) })
              count('both accept')
            } else if (opinion.accepted) {
              expect(reviewed).toContain(verdict.reason)
              count(`only the oracle accepts: ${verdict.reason}`)
            } else {
              count('both reject')
            }
          }
        }),
        { numRuns, seed: ownSeed },
      )
      // With fewer, the property would prove little.
      expect(seen.get('both accept')).toBeGreaterThan(numRuns / 10)
      expect(seen.get('both reject')).toBeGreaterThan(numRuns / 4)
      const lines = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `${what}: ${times}`)
      await annotate(lines.join(', '))
    })
  },
)

describe('stricter than the oracle:', () => {
  test.each(stricterThanTheOracle)('$what is rejected', async ({ example, reason }) => {
    expect(await ask('dpop-only', 'iat', [example])).toMatchObject([
      { verdict: { accepted: false, reason }, opinion: { accepted: true } },
    ])
  })
})

test('nearly every reason that depends on the request alone occurs', async ({ annotate }) => {
  const met = new Set<Reason>()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...freshnesses), mutations(now), async (freshness, mutation) => {
      for (const { verdict } of await ask('bearer-and-dpop', freshness, [mutation])) {
        if (!verdict.accepted) met.add(verdict.reason)
      }
    }),
    { numRuns: 1000 },
  )
  const missed = (Object.keys(failures) as Reason[]).filter((reason) => !met.has(reason))
  await annotate(`met ${met.size}: ${[...met].sort().join(' ')}; not met: ${missed.join(' ')}`)
  expect(met.size).toBeGreaterThan(25)
})
