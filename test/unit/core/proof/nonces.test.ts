import { createHmac } from 'node:crypto'
import { type Guard, type GuardOptions, memoryReplayStore, type NonceService, verifyProof } from '@dpop-guard/core'
import { describe, expect, test, vi } from 'vitest'
import { createCoreScene, nonceOf, resource } from '../../../support/core-scene.js'
import { createRecordingStore } from '../../../support/memory-store.js'
import { createProofClient, type ProofParts } from '../../../support/proof-client.js'

const start = 1_800_000_000
const secret = 'a secret of more than 32 bytes: 0001'
const otherSecret = 'a secret of more than 32 bytes: 0002'
const nqchars = /^[\x21\x23-\x5b\x5d-\x7e]+$/

const nonces: Partial<GuardOptions> = { freshness: 'nonce', nonce: { secrets: [secret] } }

const asking = createCoreScene({ time: start })

/** The nonce that a guard with these options sends at `time`. */
async function issue(options: Partial<GuardOptions>, time = start): Promise<string> {
  return nonceFrom(asking.guard({ freshness: 'nonce', clock: () => time, ...options }), time)
}

async function nonceFrom(guard: Guard, time: number): Promise<string> {
  const verdict = await asking.ask(guard, { now: time })
  expect(verdict).toMatchObject({ accepted: false, reason: 'nonce_missing', error: 'use_dpop_nonce' })
  const nonce = nonceOf(verdict)
  if (nonce === undefined) throw new Error('no nonce')
  return nonce
}

describe('a nonce', () => {
  test('is the same during its time step, and different in every other step', async () => {
    const issued = await Promise.all([-60, 0, 59, 59.999, 60, 120, 3600].map((later) => issue(nonces, start + later)))
    const [before, first, last, veryLast, ...later] = issued
    expect([last, veryLast]).toEqual([first, first])
    expect(new Set([before, first, ...later]).size).toBe(5)
  })

  test('differs for another secret, resource or rotation', async () => {
    const issued = await Promise.all([
      issue(nonces),
      issue({ nonce: { secrets: [otherSecret] } }),
      issue({ nonce: { secrets: [`${secret} `] } }),
      issue({ ...nonces, resource: 'https://api.example.com/' }),
      issue({ ...nonces, resource: 'https://other.example.com', publicUrl: resource }),
    ])
    expect(new Set(issued).size).toBe(issued.length)
  })

  test('is made with the first secret only', async () => {
    expect(await issue({ nonce: { secrets: [secret, otherSecret] } })).toBe(await issue(nonces))
    expect(await issue({ nonce: { secrets: [otherSecret, secret] } })).not.toBe(await issue(nonces))
  })

  test('is the same for a secret as a string and as its bytes', async () => {
    const secrets = [Buffer.from(`${secret} é`)]
    expect(await issue({ nonce: { secrets } })).toBe(await issue({ nonce: { secrets: [`${secret} é`] } }))
  })

  // Your code may wipe the buffer. Then the secret must not become zeros.
  test('does not change when the bytes of the secret are changed afterwards', async () => {
    const bytes = Buffer.from(secret)
    const scene = createCoreScene({ time: start })
    const guard = scene.guard({ freshness: 'nonce', nonce: { secrets: [bytes] } })
    bytes.fill(0)
    expect(nonceOf(await scene.ask(guard))).toBe(await issue(nonces))
  })

  test('consists of NQCHARs, has at least 128 bits, and no readable part that repeats', async () => {
    let time = start
    const guard = asking.guard({ ...nonces, clock: () => time })
    const issued: string[] = []
    for (; issued.length < 200; time += 60) issued.push(await nonceFrom(guard, time))
    for (const nonce of issued) {
      expect(nonce).toMatch(nqchars)
      expect(Buffer.from(nonce, 'base64url').length * 8).toBeGreaterThanOrEqual(128)
    }
    expect(new Set(issued).size).toBe(200)
    // A counter or a key id would have the same character in some place. In 200 random nonces, no place has.
    const [{ length } = ''] = issued
    for (let index = 0; index < length; index++) {
      expect(new Set(issued.map((nonce) => nonce[index])).size, `characters at ${index}`).toBeGreaterThan(2)
    }
  })

  test('cannot be made without the secret: it is not a plain MAC of public values', async () => {
    const nonce = await issue(nonces)
    for (const key of ['', resource, 'dpop-guard', 'dpop-guard nonce']) {
      const mac = createHmac('sha256', key)
        .update(`dpop-guard nonce\n${start / 60}\n${resource}`)
        .digest('base64url')
      expect(mac.startsWith(nonce)).toBe(false)
    }
  })
})

describe('the nonces that are accepted', () => {
  test.each([
    ['of the step before', -1, true],
    ['of this step', 0, true],
    ['of the next step, for a server whose clock is ahead', 1, true],
    ['of the step before that', -2, false],
    ['of the step after the next', 2, false],
  ])('one %s: %d', async (_which, steps, accepted) => {
    const nonce = await issue(nonces, start + steps * 60)
    const scene = createCoreScene({ time: start })
    expect(await scene.ask(scene.guard(nonces), { nonce })).toMatchObject(
      accepted ? { accepted } : { accepted, reason: 'nonce_not_accepted', error: 'use_dpop_nonce', status: 401 },
    )
  })

  test.each([
    ['empty', ''],
    ['longer by a character', (good: string) => `${good}A`],
    ['shorter by a character', (good: string) => good.slice(0, -1)],
    ['in another case', (good: string) => good.toUpperCase()],
    ['padded', (good: string) => `${good}=`],
    ['with a space around it', (good: string) => ` ${good}`],
    ['twice', (good: string) => good + good],
    ['as a list', (good: string) => [good]],
    ['as an object', (good: string) => ({ nonce: good })],
    ['null', null],
    ['a number', 0],
    ['true', true],
    ['very long', 'n'.repeat(4000)],
    ['of other characters', 'é\u0000"\\'],
  ])('are not accepted %s', async (_how, spoil) => {
    const good = await issue(nonces)
    const scene = createCoreScene({ time: start })
    const nonce = typeof spoil === 'function' ? spoil(good) : spoil
    const verdict = await scene.ask(scene.guard(nonces), { claims: { nonce } })
    expect(verdict).toMatchObject({ accepted: false, reason: 'nonce_not_accepted', error: 'use_dpop_nonce' })
    expect(nonceOf(verdict)).toBe(good)
  })

  test.each([
    ['by an older secret, while it is listed', { secrets: [otherSecret, secret] }, true],
    ['by a removed secret', { secrets: [otherSecret] }, false],
  ])('one made %s: %o', async (_which, nonce, accepted) => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard({ freshness: 'nonce', nonce })
    const verdict = await scene.ask(guard, { nonce: await issue(nonces) })
    expect(verdict.accepted).toBe(accepted)
    // In both cases the client gets the new nonce.
    expect(nonceOf(verdict)).toBe(await issue({ nonce }))
  })

  test('are not those of another resource with the same secret', async () => {
    const nonce = await issue({ ...nonces, resource: 'https://other.example.com', publicUrl: resource })
    const scene = createCoreScene({ time: start })
    expect(await scene.ask(scene.guard(nonces), { nonce })).toMatchObject({ reason: 'nonce_not_accepted' })
  })

  test('are the same after the clock was set back', async () => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(nonces)
    const nonce = await issue(nonces)
    scene.time = start + 600
    expect(await scene.ask(guard, { nonce })).toMatchObject({ reason: 'nonce_not_accepted' })
    scene.time = start
    expect(await scene.ask(guard, { nonce })).toMatchObject({ accepted: true })
  })
})

describe('a response has', () => {
  test.each([
    ['when-new', 'the newest', undefined],
    ['when-new', 'an older one', 'newest'],
    ['always', 'the newest', 'newest'],
    ['always', 'an older one', 'newest'],
  ] as const)("with '%s', to a client with %s: %s", async (sendNonce, which, expected) => {
    const scene = createCoreScene({ time: start })
    const nonce = await issue(nonces, which === 'the newest' ? start : start - 60)
    const verdict = await scene.ask(scene.guard({ ...nonces, sendNonce }), { nonce })
    expect(verdict.accepted).toBe(true)
    expect(nonceOf(verdict)).toBe(expected && (await issue(nonces)))
    expect(verdict.headers['cache-control']).toBe(expected && 'no-store')
  })

  test('the newest nonce with every rejection, also without credentials and with a bad token', async () => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(nonces)
    const newest = await issue(nonces)
    const given = { method: 'GET', target: '/orders' }
    for (const headers of [[], ['Authorization', 'DPoP x'], ['Authorization', 'DPoP x', 'DPoP', 'y.y.y']]) {
      const verdict = await guard.check({ ...given, headers })
      expect(verdict).toMatchObject({ accepted: false, headers: { 'cache-control': 'no-store' } })
      expect(nonceOf(verdict)).toBe(newest)
    }
    const replayed = { nonce: newest, jti: 'the same' }
    expect(await scene.ask(guard, replayed)).toMatchObject({ accepted: true })
    const replay = await scene.ask(guard, replayed)
    expect(replay).toMatchObject({ accepted: false, reason: 'proof_replayed' })
    expect(nonceOf(replay)).toBe(newest)
  })

  test('the newest nonce with a rejection for a scope or the way of authentication, if the caller used nonces', async () => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(nonces)
    const newest = await issue(nonces)
    const verdict = await scene.ask(guard, { nonce: newest })
    if (!verdict.accepted) throw new Error(verdict.reason)
    for (const rejected of [
      guard.checkScopes(verdict.auth, ['admin']),
      guard.checkStepUp(verdict.auth, { acrValues: ['mfa'] }),
    ]) {
      expect(rejected?.headers).toMatchObject({ 'dpop-nonce': newest, 'cache-control': 'no-store' })
    }
  })

  test('no nonce at all with freshness iat', async () => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard()
    for (const verdict of [await scene.ask(guard), await scene.ask(guard, { method: 'POST' })]) {
      expect(verdict.headers).not.toHaveProperty('dpop-nonce')
      expect(verdict.headers).not.toHaveProperty('cache-control')
    }
  })
})

describe('the clock of the client', () => {
  const hour = 3600

  test.each([
    ['iat', -hour, 'proof_expired'],
    ['iat', hour, 'proof_from_future'],
    ['nonce', -hour, undefined],
    ['nonce', hour, undefined],
    ['both', -hour, 'proof_expired'],
    ['both', hour, 'proof_from_future'],
    ['both', 0, undefined],
  ] as const)("with '%s', %d seconds off: %s", async (freshness, off, reason) => {
    const scene = createCoreScene({ time: start })
    const options = freshness === 'iat' ? {} : { ...nonces, freshness }
    const nonce = freshness === 'iat' ? undefined : await issue(nonces)
    expect(await scene.ask(scene.guard(options), { nonce, now: start + off })).toMatchObject(
      reason === undefined ? { accepted: true } : { accepted: false, reason },
    )
  })

  test.each(['nonce', 'both'] as const)("with '%s', is not looked at before the nonce", async (freshness) => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard({ ...nonces, freshness })
    expect(await scene.ask(guard, { now: start - hour })).toMatchObject({ reason: 'nonce_missing' })
    expect(await scene.ask(guard, { now: start - hour, nonce: 'old' })).toMatchObject({ reason: 'nonce_not_accepted' })
  })
})

describe('a used proof is remembered', () => {
  test.each([
    ['of the step before', -60, 60],
    ['of this step', 0, 120],
    ['of the next step', 60, 180],
  ])('until a nonce %s cannot be accepted any more', async (_which, later, lives) => {
    const { store: replay, ttls } = createRecordingStore()
    const scene = createCoreScene({ time: start })
    const nonce = await issue(nonces, start + later)
    expect(await scene.ask(scene.guard({ ...nonces, replayStore: replay }), { nonce })).toMatchObject({
      accepted: true,
    })
    // The tolerance for a clock that is behind, and the second that has begun.
    expect(ttls).toEqual([lives + 30 + 1])
  })

  test('as long as your own service accepts its nonce', async () => {
    const { store: replay, ttls } = createRecordingStore()
    const scene = createCoreScene({ time: start })
    const nonce: NonceService = { issue: () => 'n', check: () => true, lifetimeSeconds: 300 }
    expect(
      await scene.ask(scene.guard({ freshness: 'nonce', nonce, replayStore: replay }), { nonce: 'x' }),
    ).toMatchObject({
      accepted: true,
    })
    expect(ttls).toEqual([300 + 30 + 1])
  })

  test('for the whole life of its nonce: a copy is rejected at its last second', async () => {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(nonces)
    const nonce = await issue(nonces)
    expect(await scene.ask(guard, { nonce, jti: 'once', now: 1 })).toMatchObject({ accepted: true })
    scene.time = start + 119
    expect(await scene.ask(guard, { nonce, jti: 'once', now: 1 })).toMatchObject({ reason: 'proof_replayed' })
    scene.time = start + 120
    expect(await scene.ask(guard, { nonce, jti: 'once', now: 1 })).toMatchObject({ reason: 'nonce_not_accepted' })
  })
})

describe('a nonce service of your own', () => {
  const service = (parts: Partial<Record<keyof NonceService, unknown>>) =>
    ({ freshness: 'nonce', nonce: { issue: () => 'newest', check: () => true, ...parts } }) as Partial<GuardOptions>

  test('is asked about the nonce of the proof, unchanged', async () => {
    const check = vi.fn(async (nonce: string) => nonce === 'good')
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(service({ check }))
    const accepted = await scene.ask(guard, { nonce: 'good' })
    expect(accepted).toMatchObject({ accepted: true, headers: { 'dpop-nonce': 'newest' } })
    expect(await scene.ask(guard, { nonce: 'bad' })).toMatchObject({ reason: 'nonce_not_accepted' })
    expect(check.mock.calls).toEqual([['good'], ['bad']])
  })

  test('is not asked about an invalid nonce', async () => {
    const check = vi.fn(() => true)
    const scene = createCoreScene({ time: start })
    expect(await scene.ask(scene.guard(service({ check })), { nonce: 'a"b' })).toMatchObject({
      reason: 'nonce_not_accepted',
    })
    expect(check).not.toHaveBeenCalled()
  })

  test('is not asked about a proof without a valid signature', async () => {
    const check = vi.fn(() => true)
    const scene = createCoreScene({ time: start })
    const claims = { nonce: 'good', htm: 'POST' }
    expect(await scene.ask(scene.guard(service({ check })), { claims })).toMatchObject({ reason: 'proof_htm' })
    expect(check).not.toHaveBeenCalled()
  })

  test('keeps its "this"', async () => {
    class Service implements NonceService {
      readonly #newest = 'newest'
      readonly connection = 'its own'
      issue() {
        return this.#newest
      }
      check(nonce: string) {
        return nonce === this.#newest
      }
    }
    const scene = createCoreScene({ time: start })
    const guard = scene.guard({ freshness: 'nonce', nonce: new Service() })
    expect(await scene.ask(guard, { nonce: 'newest' })).toMatchObject({ accepted: true })
  })

  const failing: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('down')
      },
    ],
    ['returns undefined', () => undefined],
  ]

  test.each([
    ...failing,
    ['returns an empty string', () => ''],
    ['returns a quote', () => 'a"b'],
    ['returns a backslash', () => 'a\\b'],
    ['returns a space', () => 'a b'],
    ['returns a line break', () => 'a\r\nset-cookie: x=1'],
    ['returns a letter beyond ASCII', () => 'é'],
    ['returns a number', () => 42],
  ])('whose issue() %s makes the answer 503, with no nonce', async (_how, broken) => {
    const scene = createCoreScene({ time: start })
    const verdict = await scene.ask(scene.guard(service({ issue: broken })), { nonce: 'good' })
    expect(verdict).toMatchObject({ accepted: false, status: 503, reason: 'nonces_unavailable', body: '' })
    expect(verdict.headers).toEqual({})
  })

  test.each([...failing, ['returns a truthy string', () => 'yes'], ['returns 1', () => 1]])(
    'whose check() %s makes the answer 503',
    async (_how, broken) => {
      const scene = createCoreScene({ time: start })
      const verdict = await scene.ask(scene.guard(service({ check: broken })), { nonce: 'good' })
      expect(verdict).toMatchObject({ accepted: false, status: 503, reason: 'nonces_unavailable' })
      expect(verdict.headers).not.toHaveProperty('www-authenticate')
    },
  )

  test('that rejects leaves no request hanging and recovers by itself', async () => {
    let down = true
    const scene = createCoreScene({ time: start })
    const guard = scene.guard(
      service({
        issue: async () => {
          if (down) throw new Error('down')
          return 'newest'
        },
      }),
    )
    expect(await scene.ask(guard, { nonce: 'newest' })).toMatchObject({ status: 503 })
    down = false
    expect(await scene.ask(guard, { nonce: 'newest' })).toMatchObject({ accepted: true })
  })
})

describe('verifyProof', () => {
  const url = 'https://as.example.com/token'
  const client = createProofClient()

  function verify(parts: Partial<ProofParts>, options: Partial<Parameters<typeof verifyProof>[1]> = {}) {
    const proof = client.proof({ method: 'POST', url, now: start, ...parts })
    return verifyProof(
      { method: 'POST', url, headers: ['DPoP', proof] },
      {
        freshness: 'nonce',
        nonce: { secrets: [secret] },
        replayStore: memoryReplayStore(),
        clock: () => start,
        ...options,
      },
    )
  }

  test('asks for a nonce if the proof has none or a bad one, and returns the nonce to send', async () => {
    const missing = await verify({})
    expect(missing).toMatchObject({
      verified: false,
      reason: 'nonce_missing',
      error: 'use_dpop_nonce',
      nonce: expect.stringMatching(nqchars),
    })
    expect(await verify({ nonce: 'old' })).toEqual({
      ...missing,
      reason: 'nonce_not_accepted',
      mismatch: { name: 'nonce', expected: ['a nonce of this server that has not expired'], received: ['wrong'] },
    })
  })

  test('verifies a proof with its nonce and any iat, and returns the newest nonce', async () => {
    const { nonce } = await verify({})
    expect(await verify({ nonce, now: 1 })).toMatchObject({ verified: true, jkt: client.jkt, claims: { nonce }, nonce })
    const later = await verify({ nonce }, { clock: () => start + 60 })
    expect(later).toMatchObject({ verified: true, claims: { nonce } })
    expect(later.nonce).not.toBe(nonce)
    expect(await verify({ nonce }, { clock: () => start + 120 })).toMatchObject({ reason: 'nonce_not_accepted' })
  })

  test("with 'both' also compares iat", async () => {
    const { nonce } = await verify({})
    expect(await verify({ nonce, now: start - 61 }, { freshness: 'both' })).toMatchObject({
      verified: false,
      reason: 'proof_expired',
      error: 'invalid_dpop_proof',
      nonce,
    })
  })

  test('returns the newest nonce with every other failure too', async () => {
    const { nonce } = await verify({})
    expect(await verify({ nonce, claims: { htm: 'GET' } })).toMatchObject({ reason: 'proof_htm', nonce })
  })

  test('returns no nonce if nonces are off', async () => {
    const options = { freshness: undefined, nonce: undefined }
    expect(await verify({}, options)).toMatchObject({ verified: true, nonce: undefined })
    expect(await verify({ now: 1 }, options)).toMatchObject({ verified: false, nonce: undefined })
  })

  test('accepts the same nonces for all URLs of one origin, and different ones for another origin', async () => {
    const { nonce } = await verify({})
    const at = async (there: string) => {
      const proof = client.proof({ method: 'POST', url: there, now: start, nonce })
      return verifyProof(
        { method: 'POST', url: there, headers: ['DPoP', proof] },
        { freshness: 'nonce', nonce: { secrets: [secret] }, replayStore: 'off', clock: () => start },
      )
    }
    expect(await at('https://as.example.com/par')).toMatchObject({ verified: true })
    expect(await at('https://other.example.com/token')).toMatchObject({ reason: 'nonce_not_accepted' })
  })

  test('reports an outage if the nonce service is broken', async () => {
    const nonce: NonceService = {
      issue: () => {
        throw new Error('down')
      },
      check: () => true,
    }
    expect(await verify({ nonce: 'n' }, { nonce })).toEqual({
      verified: false,
      reason: 'nonces_unavailable',
      error: undefined,
      description: undefined,
      nonce: undefined,
    })
  })

  test('remembers a proof for the life of its nonce', async () => {
    const claim = vi.fn(() => true)
    const { nonce } = await verify({})
    await verify({ nonce, now: 1 }, { replayStore: { addIfAbsent: claim } })
    expect(claim).toHaveBeenCalledExactlyOnceWith(expect.any(String), 120 + 30 + 1)
  })
})

describe("the newest nonce with a rejection for the caller's scopes", () => {
  /** The nonces of two such rejections in a row. */
  async function newestTwice(issue: NonceService['issue']): Promise<(string | undefined)[]> {
    const scene = createCoreScene({ time: start })
    const guard = scene.guard({ freshness: 'both', nonce: { issue, check: () => true } })
    const found = []
    for (let round = 0; round < 2; round++) {
      const rejection = guard.checkScopes(undefined, ['orders:read'])
      found.push(rejection && nonceOf(rejection))
      await new Promise(setImmediate)
    }
    return found
  }

  test('comes from the service if it answers at once', async () => {
    let count = 0
    expect(await newestTwice(() => `nonce-${++count}`)).toEqual(['nonce-1', 'nonce-2'])
  })

  test('is the last known one if the service is slow', async () => {
    let count = 0
    expect(await newestTwice(async () => `nonce-${++count}`)).toEqual([undefined, 'nonce-1'])
  })

  test.each<[string, NonceService['issue']]>([
    ['rejects', () => Promise.reject(new Error('down'))],
    ['returns no nonce', async () => 'no "nonce"'],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
  ])('is missing if the service %s', async (_, issue) => {
    expect(await newestTwice(issue)).toEqual([undefined, undefined])
  })
})
