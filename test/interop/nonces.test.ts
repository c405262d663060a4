import type { ServerResponse } from 'node:http'
import { createGuard, type GuardOptions } from '@dpop-guard/core'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type CreateHost, cacheControl, everyHost } from '../support/every-host.js'
import { listenOnLoopback } from '../support/listen.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { forgetfulClient, nonceClients } from './nonce-clients.js'

const start = 1_800_000_000
const rotationSeconds = 60
const oldSecret = 'a secret of more than 32 bytes: 0001'
const newSecret = 'a secret of more than 32 bytes: 0002'

// The libraries read the system clock, so these tests set it, for the guards too.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})
const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

interface SceneParts {
  /** How far the client's clock is ahead of the server's. Seconds, default 0. */
  ahead?: number
  createClient: (typeof nonceClients)[string]
  createApi?: CreateHost | undefined
  options?: Partial<GuardOptions>
  /** How many servers take turns, each with its own guard. */
  instances?: number
}

async function startScene(parts: SceneParts) {
  const { createClient, createApi = everyHost.Express, options = {}, instances = 1, ahead = 0 } = parts
  if (createApi === undefined) throw new Error('no such framework')
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const { issuer, jwks, mint } = createTestIssuer()
  const client = await createClient()
  const token = mint({ now: start - ahead, exp: start + 1_000_000, aud: origin, cnf: { jkt: client.jkt } })

  const deploy = (changes: Partial<GuardOptions> = {}) =>
    createApi(
      createGuard({
        issuer: { issuer, jwks },
        resource: origin,
        freshness: 'nonce',
        nonce: { secrets: [oldSecret], rotationSeconds },
        clock: () => Date.now() / 1000 - ahead,
        ...options,
        ...changes,
        credentials: 'required',
      }),
    )
  let listeners = await Promise.all(Array.from({ length: instances }, () => deploy()))
  const responses: ServerResponse[] = []
  let requests = 0
  server.on('request', (request, response) => {
    responses.push(response)
    listeners[requests++ % listeners.length]?.(request, response)
  })

  return {
    /** Replaces the instance at `index`. */
    async redeploy(index: number, secrets: string[]) {
      const listener = await deploy({ nonce: { secrets, rotationSeconds } })
      listeners = listeners.with(index, listener)
    },
    /** Makes one call from the application's view. Returns all answers of the server, also to retries. */
    async call() {
      responses.length = 0
      const response = await client.get(`${origin}/orders`, token)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ jkt: client.jkt })
      const nonce = response.headers.get('dpop-nonce')
      expect(response.headers.get('cache-control')).toBe(nonce === null ? cacheControl : 'no-store')
      return { answers: responses.map(({ statusCode }) => statusCode), nonce }
    },
  }
}

describe.each(Object.entries(nonceClients))('%s', (_client, createClient) => {
  describe.each(Object.entries(everyHost))('on %s', (_framework, createApi) => {
    test.each(['nonce', 'both'] as const)(
      "with freshness '%s' recovers from the challenge in one retry, and needs no second one",
      async (freshness) => {
        const { call } = await startScene({ createClient, createApi, options: { freshness } })
        expect(await call()).toEqual({ answers: [401, 200], nonce: null })
        for (let count = 0; count < 3; count++) expect(await call()).toEqual({ answers: [200], nonce: null })
      },
    )

    test.each(['nonce', 'both'] as const)(
      "with freshness '%s' follows the nonce from step to step without another challenge",
      async (freshness) => {
        const { call } = await startScene({ createClient, createApi, options: { freshness } })
        await call()
        const nonces = new Set<string | null>()
        for (let step = 0; step < 5; step++) {
          wait(rotationSeconds)
          const { answers, nonce } = await call()
          expect({ step, answers }).toEqual({ step, answers: [200] })
          expect(nonce).not.toBeNull()
          nonces.add(nonce)
          expect(await call()).toEqual({ answers: [200], nonce: null })
        }
        expect(nonces.size).toBe(5)
      },
    )

    test.each([-3600, 3600])(
      "with freshness 'adaptive' and a clock of %d s recovers in one retry, and follows the nonce",
      async (ahead) => {
        const { call } = await startScene({ createClient, createApi, ahead, options: { freshness: 'adaptive' } })
        expect(await call()).toEqual({ answers: [401, 200], nonce: null })
        for (let count = 0; count < 3; count++) expect(await call()).toEqual({ answers: [200], nonce: null })
        wait(rotationSeconds)
        expect(await call()).toEqual({ answers: [200], nonce: expect.any(String) })
        wait(3600)
        expect((await call()).answers).toEqual([401, 200])
      },
    )

    test("with freshness 'adaptive' and a good clock never sees a nonce", async () => {
      const { call } = await startScene({ createClient, createApi, options: { freshness: 'adaptive' } })
      for (const pause of [0, rotationSeconds, 3600]) {
        wait(pause)
        expect(await call()).toEqual({ answers: [200], nonce: null })
      }
    })

    test('recovers in one retry where Bearer is offered too', async () => {
      const { call } = await startScene({ createClient, createApi, options: { mode: 'bearer-and-dpop' } })
      expect(await call()).toEqual({ answers: [401, 200], nonce: null })
      expect(await call()).toEqual({ answers: [200], nonce: null })
    })

    test('needs one retry after a long pause', async () => {
      const { call } = await startScene({ createClient, createApi })
      await call()
      for (const pause of [2 * rotationSeconds, 3600, 86_400]) {
        wait(pause)
        expect(await call()).toEqual({ answers: [401, 200], nonce: null })
        expect(await call()).toEqual({ answers: [200], nonce: null })
      }
    })

    test("gets the nonce with every response where sendNonce is 'always'", async () => {
      const { call } = await startScene({ createClient, createApi, options: { sendNonce: 'always' } })
      const first = await call()
      expect(first).toEqual({ answers: [401, 200], nonce: expect.any(String) })
      expect(await call()).toEqual({ answers: [200], nonce: first.nonce })
    })
  })

  test('uses the nonce of one instance at another one with the same secrets', async () => {
    const { call } = await startScene({ createClient, instances: 3 })
    expect(await call()).toEqual({ answers: [401, 200], nonce: null })
    for (let count = 0; count < 3; count++) expect((await call()).answers).toEqual([200])
    for (let step = 0; step < 4; step++) {
      wait(rotationSeconds)
      for (let count = 0; count < 3; count++) expect((await call()).answers).toEqual([200])
    }
  })

  test('needs no retry when a secret is replaced in the order of the docs', async () => {
    const { call, redeploy } = await startScene({ createClient, instances: 2 })
    expect((await call()).answers).toEqual([401, 200])
    const traffic = async () => {
      for (let count = 0; count < 5; count++) expect((await call()).answers).toEqual([200])
    }
    for (const secrets of [[oldSecret, newSecret], [newSecret, oldSecret], [newSecret]]) {
      if (secrets.length === 1) {
        // The old secret is removed after two rotations.
        for (const _ of [1, 2]) {
          wait(rotationSeconds)
          await traffic()
        }
      }
      await redeploy(0, secrets)
      await traffic()
      await redeploy(1, secrets)
      await traffic()
      wait(rotationSeconds / 2)
      await traffic()
    }
  })

  test('needs one retry at most when the old secret is removed too early', async () => {
    const { call, redeploy } = await startScene({ createClient })
    await call()
    await redeploy(0, [newSecret])
    expect((await call()).answers).toEqual([401, 200])
    expect((await call()).answers).toEqual([200])
  })
})

describe('a client that forgets its nonce after each request', () => {
  test.each([
    ['when-new', [401, 200]],
    ['always', [200]],
  ] as const)("with sendNonce '%s' gets %o for each call after its first", async (sendNonce, answers) => {
    const { call } = await startScene({ createClient: forgetfulClient, options: { sendNonce } })
    expect((await call()).answers).toEqual([401, 200])
    for (let count = 0; count < 3; count++) expect((await call()).answers).toEqual(answers)
  })
})
