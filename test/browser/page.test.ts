import { describe, expect, onTestFinished, test } from 'vitest'
import { startPlayground } from '../../examples/playground/playground.js'
import { chromiumIsMissing, keepScreenshot, skippedWithoutChromium } from '../support/chromium.js'
import { listenOnLoopback } from '../support/listen.js'
import { sendRequest } from '../support/raw-http.js'
import { findPoorContrast } from './contrast.js'
import { useChromium, type Visit } from './visit.js'

const desktop = { width: 1200, height: 900 }
const phone = { width: 375, height: 800 }

describe.skipIf(chromiumIsMissing)(`the page of the playground${skippedWithoutChromium}`, () => {
  const visit = useChromium()

  test.each([
    { name: 'desktop-light', viewport: desktop, colorScheme: 'light' as const },
    { name: 'desktop-dark', viewport: desktop, colorScheme: 'dark' as const },
    { name: 'phone-light', viewport: phone, colorScheme: 'light' as const },
    { name: 'phone-dark', viewport: phone, colorScheme: 'dark' as const },
  ])('fits and is readable: $name', ({ name, ...options }) =>
    visit(options, async (scene) => {
      const { page } = scene
      const width = () => page.evaluate(() => document.documentElement.scrollWidth)
      expect(await width()).toBe(options.viewport.width)
      expect(await page.evaluate(findPoorContrast, 4.5)).toEqual([])
      await keepScreenshot(page, `${name}-before`)

      await useEverything(scene)
      await keepScreenshot(page, `${name}-after`)
      await page.locator('details').evaluateAll((all) => {
        for (const details of all) details.setAttribute('open', '')
      })
      expect(await width()).toBe(options.viewport.width)
      expect(await page.evaluate(findPoorContrast, 4.5)).toEqual([])
    }),
  )

  test('needs only Tab and Enter', () =>
    visit({}, async ({ page, says }) => {
      /** The focus must always be visible. */
      const tabTo = async (name: string) => {
        for (let steps = 0; steps < 60; steps += 1) {
          await page.keyboard.press('Tab')
          const focused = await page.evaluate(() => {
            const { activeElement: element } = document
            return element && { name: element.textContent?.trim(), outline: getComputedStyle(element).outlineStyle }
          })
          expect(focused?.outline).toBe('solid')
          if (focused?.name === name) return
        }
        throw new Error(`Tab does not lead to ${name}`)
      }
      await tabTo('Make a key')
      await page.keyboard.press('Enter')
      await says('key', 'You have a new key')
      await tabTo('Sign a proof')
      await page.keyboard.press('Enter')
      await says('proof', 'Signed.')
      await tabTo('Ask for authorization')
      await page.keyboard.press('Enter')
      await says('token', 'You are back')
      // The focus is on the next button.
      await page.keyboard.press('Enter')
      await says('token', 'then ✓ Accepted: 200')
      await tabTo('Send the request')
      await page.keyboard.press('Enter')
      await says('call', /^✓ Accepted: 200\.$/)
    }))

  test('has these buttons, which other tests press', () =>
    visit({}, async ({ page }) => {
      await page.locator('#next').filter({ hasText: 'make a key' }).waitFor()
      expect(await page.locator('button:not(.attacks *)').allTextContents()).toEqual([
        'Next: make a key',
        'Make a key',
        'Try to export the private key',
        'Forget this key',
        'Sign a proof',
        'Ask for authorization',
        'Exchange the code',
        'Send the request',
        'Use the stolen token',
        'Use the stolen token with DPoP',
        'Start from a fresh proof',
        'Sign and send',
      ])
    }))

  test('has a name for each control, and headings that skip no level', () =>
    visit({}, async (scene) => {
      const { page } = scene
      for (const control of await page.locator('button, input, textarea, summary').all()) {
        const name = await control.evaluate((element) =>
          'labels' in element && element.labels instanceof NodeList && element.labels.length > 0
            ? element.labels[0]?.textContent
            : element.textContent,
        )
        expect(name?.trim()).not.toBe('')
      }
      await useEverything(scene)
      const levels = await page
        .locator('h1, h2, h3, h4, h5, h6')
        .evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName[1])))
      expect(levels[0]).toBe(1)
      for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1)
    }))

  test('shows an error when a server does not answer', () =>
    visit({}, async ({ page, press, getTokens, expectComplaint }) => {
      await getTokens()
      await page.route('**/orders', (route) => route.abort())
      await press('Send the request')
      await page.getByRole('alert').filter({ hasText: 'That did not work: TypeError' }).waitFor()
      expectComplaint(/net::ERR_FAILED/)
    }))

  test('connects to the servers of the playground only, and runs no inline script', async () => {
    const { server, origin: elsewhere, close } = await listenOnLoopback()
    onTestFinished(close)
    let reached = 0
    server.on('request', (_request, response) => {
      reached += 1
      response.end()
    })
    await visit({}, async ({ page, expectComplaint }) => {
      const tryToFetch = (url: string) => fetch(url, { mode: 'no-cors' }).then(String, String)
      expect(await page.evaluate(tryToFetch, elsewhere)).toBe('TypeError: Failed to fetch')
      expect(reached).toBe(0)
      expectComplaint(/violates the following Content Security Policy directive: "connect-src/)
      expectComplaint(/Rejected to connect|Fetch API cannot load/)

      const tryToRun = () => {
        const script = document.createElement('script')
        script.textContent = 'document.title = "run"'
        document.head.append(script)
      }
      await expect(page.evaluate(tryToRun)).rejects.toThrow(/TrustedScript/)
      expect(await page.title()).toBe('DPoP, step by step')
      expectComplaint(/TrustedScript/)
    })
  })
})

describe("the page's server", () => {
  const start = async () => {
    const { origin, close } = await startPlayground()
    onTestFinished(close)
    const { host, port } = new URL(origin)
    /** Any program or page on this machine could send such a request. */
    const send = (method: string, target: string, headers: Record<string, string>, body = '') =>
      sendRequest({
        port: Number(port),
        method,
        target,
        headers: Object.entries({ Host: host, 'Content-Length': String(body.length), ...headers }).flat(),
        body,
      })
    return { origin, host, send }
  }

  const settings = JSON.stringify({ mode: 'bearer-and-dpop', freshness: 'nonce' })

  test('takes settings from its own page only', async () => {
    const { origin, send } = await start()
    expect((await send('PUT', '/settings', { Origin: origin }, settings)).status).toBe(204)
    expect((await send('PUT', '/settings', { Origin: 'https://evil.example' }, settings)).status).toBe(403)
    expect((await send('PUT', '/settings', {}, settings)).status).toBe(403)
    expect((await send('POST', '/unbound-token', {}, '{}')).status).toBe(403)
  })

  test('answers only under its own host name, so that no other site can have its origin', async () => {
    const { send } = await start()
    expect((await send('GET', '/', { Host: 'evil.example' })).status).toBe(403)
    expect((await send('GET', '/scene', { Host: 'evil.example' })).status).toBe(403)
  })

  test.each(['', 'null', '{}', '{"mode":"none","freshness":"iat"}', '{"mode":"dpop-only"}'])(
    'rejects the settings %j',
    async (body) => {
      const { origin, send } = await start()
      expect((await send('PUT', '/settings', { Origin: origin }, body)).status).toBe(400)
    },
  )

  test.each([
    '/nothing.html',
    '/../main.js',
    '/..%2fmain.js',
    '/tsconfig.json',
    '/page/main.js',
    '/main.js.map',
    '//main.js',
  ])('has no file at %s', async (target) => {
    const { send } = await start()
    expect((await send('GET', target, {})).status).toBe(404)
  })

  test('sends a policy that allows nothing by default', async () => {
    const { send } = await start()
    const response = await send('GET', '/', {})
    expect(response.status).toBe(200)
    const [policy = ''] = response.header('Content-Security-Policy')
    expect(policy).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' http:",
    )
    expect(policy).not.toContain('unsafe')
    const sources = policy.match(/https?:\S+/g) ?? []
    expect(sources).toHaveLength(7)
    for (const source of sources) expect(source).toMatch(/^http:\/\/(?:127\.0\.0\.1|localhost):\d+;?$/)
  })
})

/** Fills every part of the page. */
async function useEverything({ page, press, choose, says, unfold, getTokens }: Visit): Promise<void> {
  await getTokens()
  await unfold()
  await press('Try to export the private key')
  await says('key', 'does not export it')
  await press('Sign a proof')
  await choose('its nonce')
  await press('Send the request')
  await says('call', 'then ✓ Accepted: 200')
  await press('Use the stolen token')
  await says('unbound', 'You are in')
  await press('Use the stolen token with DPoP')
  await says('bound', 'useless')
  for (const row of await page.locator('.attacks > li').all()) {
    await row.getByRole('button').click()
    await row.locator('details').first().waitFor()
  }
  await press('Start from a fresh proof')
  await press('Sign and send')
  await says('editor', /^✓ Accepted: 200/)
}
