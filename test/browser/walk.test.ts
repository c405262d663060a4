import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { chromiumIsMissing, skippedWithoutChromium } from '../support/chromium.js'
import { readVerdict, useChromium } from './visit.js'

const sha256 = (value: string) => createHash('sha256').update(value).digest('base64url')

describe.skipIf(chromiumIsMissing)(`a walk through the playground${skippedWithoutChromium}`, () => {
  const visit = useChromium()

  test('makes a key that cannot be exported, and shows its public half and its thumbprint', () =>
    visit({}, async ({ page, press, says }) => {
      await press('Make a key')
      await says('key', 'You have a new key')
      const { kty, crv, x, y } = JSON.parse(await page.locator('#key-view pre').innerText())
      expect({ kty, crv }).toEqual({ kty: 'EC', crv: 'P-256' })
      expect(await page.locator('#thumbprint').innerText()).toBe(sha256(JSON.stringify({ crv, kty, x, y })))

      await press('Try to export the private key')
      expect(await says('key', 'does not export it')).toMatch(/InvalidAccessError, .*key is not extractable$/)
    }))

  test('shows a proof in three parts, and each member beside its check', () =>
    visit({}, async ({ page, press, says }) => {
      await press('Make a key')
      await press('Sign a proof')
      await says('proof', 'Signed.')
      const view = page.locator('#proof-view')
      await view.getByText('The proof, decoded').click()
      const parts = await view.locator('.jwt .part').allInnerTexts()
      const colours = await view
        .locator('.jwt .part')
        .evaluateAll((spans) => spans.map((span) => getComputedStyle(span).color))
      expect(parts).toHaveLength(3)
      expect(new Set(colours).size).toBe(3)

      const [header = '', claims = ''] = parts.map((part) => Buffer.from(part, 'base64url').toString())
      expect(JSON.parse(header)).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC' } })
      expect(JSON.parse(claims)).toMatchObject({ htm: 'POST', htu: expect.stringMatching(/\/token$/) })
      const terms = await view.locator('dt').allInnerTexts()
      const checks = await view.locator('dd .check').allInnerTexts()
      expect(terms.map((term, index) => `${term}: ${checks[index]}`)).toEqual([
        'typ: check 4',
        'alg: check 5',
        'jwk: check 7, 12',
        'jti: check 3, section 11.1',
        'htm: check 8',
        'htu: check 9',
        'iat: check 11',
        'ECDSA, 64 bytes: check 6',
        'the whole proof: check 1, 2',
      ])
    }))

  test('sends the proof of step 2 in step 3', () =>
    visit({}, async ({ page, press, says }) => {
      await press('Make a key')
      await press('Sign a proof')
      await says('proof', 'Signed.')
      const proof = await page.locator('#proof-view .jwt').textContent()
      await press('Ask for authorization')
      await says('token', 'You are back, with a code')
      const [request] = await Promise.all([
        page.waitForRequest((request) => request.url().endsWith('/token') && request.method() === 'POST'),
        press('Exchange the code'),
      ])
      expect(request.headers().dpop).toBe(proof)
      await says('token', 'then ✓ Accepted: 200')
    }))

  test('leads from the key to an API of your own with one button', () =>
    visit({}, async ({ page, says }) => {
      const next = page.locator('#next')
      const labels = [
        'Next: make a key',
        'Next: sign a proof',
        'Next: ask for authorization',
        'Next: exchange the code',
        'Next: send the request',
        'Next: steal a token without DPoP',
        'Next: steal a token with DPoP',
        'Next: protect your own API',
        'Next: see the whole picture',
      ]
      for (const label of labels) {
        await next.filter({ hasText: label }).waitFor()
        await next.click()
      }
      expect(await says('unbound', 'You are in')).toBe('✓ Accepted: 200. You are in.')
      const endings = page.locator('.drawing .ending').filter({ visible: true })
      expect(await endings.allTextContents()).toEqual(['✓ accepted', '✗ rejected'])
      expect(await says('bound', 'useless')).toBe('✗ Rejected: 401 invalid_token. The token is useless.')
      expect(await page.locator('#progress .done').allInnerTexts()).toEqual(['Key', 'Proof', 'Token', 'Call', 'Attack'])
      expect(await page.locator('#progress [aria-current]').innerText()).toBe('Your API')
      expect(await page.locator('#drawing').getAttribute('data-done')).toBe('key proof token call attacker')
      // The guards' settings are as before.
      expect(await page.locator('input[name="mode"]:checked').getAttribute('value')).toBe('dpop-only')
    }))

  test('folds each finished step to a line with its result, and a step that you open again stays open', () =>
    visit({}, async ({ page, press, says, unfold }) => {
      const open = () =>
        page
          .locator('.step')
          .evaluateAll((all) => all.flatMap((step) => (step.hasAttribute('open') ? step.parentElement?.id : [])))
      const results = page.locator('.result').filter({ visible: true })
      await page.locator('#next').filter({ hasText: 'make a key' }).waitFor()
      expect(await open()).toEqual(['key'])
      expect(await results.allInnerTexts()).toEqual(['Make a key first', 'Make a key first', 'Get a token first'])

      await press('Make a key')
      await says('key', 'You have a new key')
      expect(await open()).toEqual(['key', 'proof', 'token'])
      await press('Sign a proof')
      await says('proof', 'Signed.')
      expect(await open()).toEqual(['proof', 'token'])

      await press('Ask for authorization')
      await press('Exchange the code')
      await says('token', 'then ✓ Accepted: 200')
      await press('Send the request')
      await says('call', '✓ Accepted: 200')
      await press('Use the stolen token')
      await says('unbound', 'You are in')
      expect(await open()).toEqual([])
      const thumbprint = (await page.locator('#thumbprint').textContent()) ?? ''
      expect(await results.allInnerTexts()).toEqual([
        `Thumbprint ${thumbprint.slice(0, 8)}…`,
        '✓ Signed',
        '✓ Bound to key',
        '✓ Accepted: 200',
      ])

      await page.locator('#progress').getByRole('link', { name: 'Token' }).click()
      await press('Use the stolen token with DPoP')
      await says('bound', 'useless')
      expect(await open()).toEqual(['token'])

      await unfold()
      await press('Forget this key')
      await says('key', 'The key is deleted')
      expect(await open()).toEqual(['key'])
    }))

  test.each([
    { name: 'a desktop', viewport: { width: 1280, height: 800 }, screens: 3.5 },
    { name: 'a phone', viewport: { width: 390, height: 844 }, screens: 4 },
  ])('is at most $screens screens long at its end on $name', ({ viewport, screens }) =>
    visit({ viewport }, async ({ page, says }) => {
      const next = page.locator('#next')
      for (const step of ['make', 'sign', 'ask', 'exchange', 'send', 'without DPoP', 'with DPoP', 'protect']) {
        await next.filter({ hasText: step }).waitFor()
        await next.click()
      }
      await says('bound', 'useless')
      const length = await page.evaluate(() => document.documentElement.scrollHeight / window.innerHeight)
      expect(length).toBeLessThanOrEqual(screens)
    }),
  )

  test('folds the checks that all passed, and opens the group of the one that failed', () =>
    visit({}, async ({ page, press, unfold, getTokens }) => {
      await getTokens()
      await press('Send the request')
      const groups = page.locator('#call-view .group')
      await groups.first().waitFor()
      expect((await groups.locator('summary').allInnerTexts()).map((text) => text.trim())).toEqual([
        expect.stringMatching(/^✓ Request: \d of \d passed$/),
        expect.stringMatching(/^✓ Token: \d of \d passed$/),
        expect.stringMatching(/^✓ Proof: \d+ of \d+ passed$/),
        '✓ Replay: 1 of 1 passed',
        '✓ Permission: 1 of 1 passed',
      ])
      expect(await groups.evaluateAll((all) => all.map((group) => group.hasAttribute('open')))).not.toContain(true)

      await unfold()
      await press('Change the method')
      const row = page.locator('.attacks > li').filter({ hasText: 'Change the method' })
      await row.locator('.group.failed').waitFor({ state: 'attached' })
      const open = row.locator('.group[open] > summary')
      expect((await open.allTextContents()).map((text) => text.trim())).toEqual(['✗ Proof: failed'])
    }))

  test('gets tokens that are bound to the key, with a code that is removed from the address', () =>
    visit({}, async ({ page, origin, press, says }) => {
      await press('Make a key')
      await press('Ask for authorization')
      await says('token', 'You are back, with a code')
      expect(page.url()).toBe(`${origin}/`)
      const thumbprint = await page.locator('#thumbprint').textContent()
      await page.getByText('The authorization request').click()
      expect(await page.locator('#token-view pre').innerText()).toContain(`dpop_jkt=${thumbprint}`)

      await press('Exchange the code')
      expect(await says('token', 'The authorization server')).toBe(
        'The authorization server: ✗ Rejected: 400 use_dpop_nonce, then ✓ Accepted: 200 (3 times). You have a token for each API.',
      )
      const tokens = page.locator('#token-view > details', { hasText: 'Token for' })
      expect(await tokens.count()).toBe(3)
      for (const token of await tokens.all()) {
        expect(await token.locator('.match .value').allTextContents()).toEqual([thumbprint, thumbprint])
        expect(await token.locator('.good').textContent()).toContain('bound to your key')
        const encoded = (await token.locator('.jwt').textContent()) ?? ''
        expect(await token.locator('.members .value').first().textContent()).toBe(sha256(encoded))
      }
    }))

  test('calls each API, and shows each check and the answer', () =>
    visit({}, async ({ page, press, choose, says, getTokens }) => {
      await getTokens()
      for (const api of ['Express', 'Koa', 'Fastify']) {
        for (const { method, status } of [
          { method: 'GET', status: 200 },
          { method: 'POST', status: 201 },
        ]) {
          await choose(api)
          await choose(`${method} /orders`)
          await press('Send the request')
          await page.locator('#call-view h3', { hasText: `The guard on ${api}` }).waitFor()
          await says('call', `✓ Accepted: ${status}.`)
          const exchange = page.locator('#call-view')
          expect((await readVerdict(exchange)).filter(({ outcome }) => outcome !== 'passed')).toEqual([
            { outcome: 'not used', title: 'nonce is one that the API sent recently' },
          ])
          expect(await exchange.locator('.line').last().innerText()).toBe(String(status))
          expect(await exchange.locator('pre').last().innerText()).toBe('{"for":"alice"}')
        }
      }
    }))

  test('sends the request again with a nonce, and remembers it for the next call', () =>
    visit({}, async ({ page, press, choose, says, getTokens }) => {
      await getTokens()
      await choose('its nonce, which the API sends')
      await press('Send the request')
      await says('call', '✗ Rejected: 401 use_dpop_nonce, then ✓ Accepted: 200.')
      const [first, second] = await page.locator('#call-view > div > details').all()
      if (first === undefined || second === undefined) throw new Error('two exchanges are expected')
      expect(await first.locator('.headers').last().textContent()).toContain('dpop-nonce')
      const failed = (await readVerdict(first)).find(({ outcome }) => outcome === 'failed')
      expect(failed?.title).toBe('nonce is one that the API sent recently')
      expect((await readVerdict(second)).filter(({ outcome }) => outcome !== 'passed')).toEqual([
        { outcome: 'not used', title: 'iat is recent' },
      ])

      await press('Send the request')
      await says('call', /^✓ Accepted: 200\.$/)
    }))

  test('stores the key over a reload, but no token, and deletes the key on request', () =>
    visit({}, async ({ page, press, says, unfold, getTokens }) => {
      await getTokens()
      const thumbprint = await page.locator('#thumbprint').textContent()
      await page.reload()
      await says('key', 'The key of your last visit')
      expect(await page.locator('#thumbprint').innerText()).toBe(thumbprint)
      await unfold()
      expect(await page.getByRole('button', { name: 'Send the request' }).isDisabled()).toBe(true)
      expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)

      await press('Forget this key')
      await says('key', 'The key is deleted')
      await page.reload()
      await page.getByRole('button', { name: 'Make a key', exact: true }).and(page.locator(':enabled')).waitFor()
      expect(await page.locator('#thumbprint').count()).toBe(0)
    }))

  test('shows why there is no token when the code is rejected', () =>
    visit({}, async ({ page, origin, press, says, unfold }) => {
      await page.route('**/token', (route) =>
        route.fulfill({
          status: 400,
          headers: { 'Access-Control-Allow-Origin': origin },
          json: { error: 'invalid_grant' },
        }),
      )
      await press('Make a key')
      await press('Ask for authorization')
      await press('Exchange the code')
      await says('token', 'The authorization server: ✗ Rejected: 400 invalid_grant.')
      expect(await page.locator('#call-result').innerText()).toBe('Get a token first')
      await unfold()
      expect(await page.getByText('No token for').allInnerTexts()).toHaveLength(3)
      expect(await page.getByRole('button', { name: 'Send the request' }).isDisabled()).toBe(true)
    }))

  test('ignores a code that it did not ask for', () =>
    visit({}, async ({ page, origin, says, unfold }) => {
      await page.goto(`${origin}/?code=stolen&state=of-someone-else`)
      await unfold()
      await says('token', 'does not belong to a request of this tab')
      expect(page.url()).toBe(`${origin}/`)
      expect(await page.getByRole('button', { name: 'Exchange the code' }).isDisabled()).toBe(true)
    }))

  test("shows the guards' settings in every tab", () =>
    visit({}, async ({ page, origin, choose }) => {
      const other = await page.context().newPage()
      await other.goto(origin)
      const chosen = (mode: string) => other.locator(`input[value="${mode}"]:checked`).waitFor({ state: 'attached' })
      await chosen('dpop-only')
      await choose('unbound Bearer tokens too')
      await chosen('bearer-and-dpop')
    }))
})
