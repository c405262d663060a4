/** The page that explains a proof: the code of the command, in a browser that may connect to no server. */
import { type Explanation, explainRequest } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer, type SignatureAlgorithm } from '@dpop-guard/testing'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { chromiumIsMissing, skippedWithoutChromium } from '../support/chromium.js'
import { useChromium, type Walk } from './visit.js'

describe.skipIf(chromiumIsMissing !== undefined)(`the explanation${skippedWithoutChromium}`, () => {
  const visit = useChromium()
  const open =
    (walk: (page: Page) => Promise<void>): Walk =>
    async ({ page, origin }) => {
      const response = await page.goto(`${origin}/explain.html`)
      const policy = response?.headers()['content-security-policy']
      expect(policy).toMatch(/^default-src 'none';/)
      expect(policy).not.toContain('connect-src')
      await page.locator('#summary').filter({ hasText: /./ }).waitFor()
      await walk(page)
    }

  const summaryOf = async (page: Page, text: string) => {
    await page.locator('#summary').filter({ hasText: text }).waitFor({ timeout: 30_000 })
    return page.locator('#summary').innerText()
  }

  test('the example fails at htu, and says what to do', async () => {
    await visit(
      {},
      open(async (page) => {
        await page.getByRole('button', { name: 'Fill in an example' }).click()
        expect(await summaryOf(page, 'failed')).toContain('its reason is proof_htu, check 9')
        const failed = page.locator('.check-result.fail')
        expect(await failed.count()).toBe(1)
        expect(await failed.innerText()).toContain('a proxy strips "/svc1"')
        expect(await page.locator('.check-result').count()).toBeGreaterThan(12)
      }),
    )
  })

  test('every algorithm has the same checks as the command has', async () => {
    const algorithms: SignatureAlgorithm[] = ['ES256', 'PS256', 'Ed25519', 'EdDSA']
    const now = 1_800_000_000
    const url = 'https://api.example.com/orders'
    await visit(
      {},
      open(async (page) => {
        for (const alg of algorithms) {
          const client = createProofClient(alg)
          const accessToken = createTokenIssuer().mint({ now, cnf: { jkt: client.jkt } })
          const good = client.proof({ method: 'GET', url, now, accessToken })
          const late = client.proof({ method: 'POST', url, now: now - 300, accessToken })
          for (const proof of [good, late, good.replace(/[^.]+$/, (text) => 'A'.repeat(text.length)), 'rubbish']) {
            const text = `GET /orders HTTP/1.1\nHost: api.example.com\nAuthorization: DPoP ${accessToken}\nDPoP: ${proof}`
            const expected: Explanation = await explainRequest(text, { now })
            await page
              .locator('details')
              .first()
              .evaluate((details) => details.setAttribute('open', ''))
            await page.fill('#sent-at', String(now))
            await page.fill('#pasted', text)
            expect(await summaryOf(page, expected.summary)).toBe(expected.summary)
            const titles = await page
              .locator('.check-result')
              .evaluateAll((rows) => rows.map(({ className }) => className))
            expect(titles).toEqual(expected.checks.map(({ outcome }) => `check-result ${outcome.replace(' ', '-')}`))
            expect(await page.locator('#checks').innerText()).not.toContain(accessToken)
          }
        }
      }),
    )
  })

  test('nothing leaves the page, and what is pasted becomes no part of it', async () => {
    await visit(
      {},
      open(async (page) => {
        const seen: string[] = []
        page.on('request', (request) => seen.push(request.url()))
        const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
        await page.fill('#pasted', `GET /${hostile} HTTP/1.1\nHost: api.example.com\nDPoP: ${hostile}`)
        await page
          .locator('#summary')
          .filter({ hasText: /URL|failed/ })
          .waitFor()
        expect(await page.locator('main img, main script').count()).toBe(0)
        expect(await page.title()).toBe('Why is this DPoP proof rejected?')
        expect(seen).toEqual([])
      }),
    )
  })

  test.each([
    [{ width: 1280, height: 900 }, 'light'],
    [{ width: 360, height: 740 }, 'dark'],
  ] as const)('fits %j in %s, and is readable', async (viewport, colorScheme) => {
    await visit(
      { viewport, colorScheme },
      open(async (page) => {
        await page.getByRole('button', { name: 'Fill in an example' }).click()
        await summaryOf(page, 'failed')
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
          0,
        )
      }),
    )
  })
})
