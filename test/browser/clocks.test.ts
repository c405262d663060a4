/** The playground's client in a browser whose clock is wrong, on a page of another origin than the API. */
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { dpopGuard } from '@dpop-guard/express'
import express from 'express'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { chromiumIsMissing, launchChromium, openWatched, skippedWithoutChromium } from '../support/chromium.js'
import { listenOnLoopback } from '../support/listen.js'
import { createTestIssuer } from '../support/test-issuer.js'

const modules = fileURLToPath(new URL('../../examples/playground/page', import.meta.url))

async function listen(): Promise<{ server: Server; origin: string }> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  return { server, origin }
}

/** Loads two modules of the playground. */
const html = `<!doctype html><link rel="icon" href="data:,"><script type="module">
import { makeKey } from '/page/key.js'
import { makeProof } from '/page/proof.js'
window.client = { makeKey, makeProof }
</script>`

interface PageModules {
  makeKey(): Promise<{ thumbprint: string }>
  makeProof(
    key: object,
    purpose: { method: string; url: string; token: string; nonce: string | undefined },
  ): Promise<string>
}

interface Call {
  /** Status and nonce of each answer, also to retries. */
  readonly answers: readonly (readonly [status: number, hasNonce: boolean])[]
  /** The server's time minus the page's, in seconds, if the page can read `Date` of the last answer. */
  readonly behind: number | undefined
}

describe.skipIf(chromiumIsMissing)(`a page whose clock is wrong${skippedWithoutChromium}`, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  /** Calls the API several times, one call after another. */
  async function callFrom(hoursAhead: number, calls: number, freshness: 'adaptive' | 'iat'): Promise<Call[]> {
    const api = await listen()
    const app = await listen()
    const { issuer, jwks, mint } = createTestIssuer()
    const options =
      freshness === 'adaptive' ? { freshness, nonce: { secrets: [`secret of a test ${'x'.repeat(32)}`] } } : {}
    api.server.on(
      'request',
      express()
        .use((request, response, next) => {
          response.set({
            'Access-Control-Allow-Origin': app.origin,
            'Access-Control-Allow-Headers': 'Authorization, DPoP',
          })
          if (request.method === 'OPTIONS') response.status(204).end()
          else next()
        })
        .use(dpopGuard({ issuer: { issuer, jwks }, resource: api.origin, ...options }))
        .use((_request, response) => void response.json({})),
    )
    app.server.on(
      'request',
      express()
        .use('/page', express.static(modules))
        .get('/token/:jkt', (request, response) => {
          const now = Math.floor(Date.now() / 1000)
          response.send(mint({ now, aud: api.origin, cnf: { jkt: request.params.jkt } }))
        })
        .get('/', (_request, response) => void response.send(html)),
    )
    const { page } = await openWatched(browser, {})
    onTestFinished(() => page.context().close())
    await page.addInitScript((milliseconds) => {
      const { now } = Date
      Date.now = () => now.call(Date) + milliseconds
    }, hoursAhead * 3_600_000)
    await page.goto(app.origin)
    await page.waitForFunction(() => 'client' in window)
    return page.evaluate(
      async ({ origin, count }) => {
        const { makeKey, makeProof } = (window as unknown as { client: PageModules }).client
        const key = await makeKey()
        const token = await (await fetch(`/token/${key.thumbprint}`)).text()
        const url = `${origin}/orders`
        let nonce: string | undefined
        const send = async () => {
          const dpop = await makeProof(key, { method: 'GET', url, token, nonce })
          const response = await fetch(url, { headers: { Authorization: `DPoP ${token}`, DPoP: dpop } })
          nonce = response.headers.get('dpop-nonce') ?? nonce
          return response
        }
        const made: Call[] = []
        for (let index = 0; index < count; index++) {
          const responses = [await send()]
          const [first] = responses
          if (first?.headers.get('www-authenticate')?.includes('error="use_dpop_nonce"')) responses.push(await send())
          const date = responses.at(-1)?.headers.get('date')
          made.push({
            answers: responses.map(({ status, headers }) => [status, headers.has('dpop-nonce')] as const),
            behind: typeof date === 'string' ? Math.round((Date.parse(date) - Date.now()) / 1000) : undefined,
          })
        }
        return made
      },
      { origin: api.origin, count: calls },
    )
  }

  test.each([-1, 1])('by %d h recovers in one retry with adaptive freshness, and needs no other one', async (hours) => {
    const [first, ...others] = await callFrom(hours, 3, 'adaptive')
    expect(first?.answers).toEqual([
      [401, true],
      [200, expect.any(Boolean)],
    ])
    // A 200 has a nonce too if the next one has just become the newest.
    for (const { answers } of others) expect(answers).toEqual([[200, expect.any(Boolean)]])
  })

  test('by nothing never sees a nonce with adaptive freshness', async () => {
    for (const { answers } of await callFrom(0, 2, 'adaptive')) expect(answers).toEqual([[200, false]])
  })

  test.each([-1, 1])('by %d h learns the time of the server from Date, without nonces', async (hours) => {
    const [call] = await callFrom(hours, 1, 'iat')
    expect(call?.answers).toEqual([[401, false]])
    const behind = -hours * 3600
    // Date has whole seconds, and a busy machine needs some to answer.
    expect(call?.behind).toBeGreaterThan(behind - 120)
    expect(call?.behind).toBeLessThan(behind + 120)
  })
})
