import { describe, expect, test } from 'vitest'
import { chromiumIsMissing, skippedWithoutChromium } from '../support/chromium.js'
import { readVerdict, useChromium, type Visit } from './visit.js'

const bearer = 'Use the token as Bearer'
const waited = 'Wait ten minutes'
const unbound = 'Steal an unbound token'

/** The answer and the operator's reason, if Bearer tokens are rejected and `iat` is checked. */
const answers = {
  'Send nothing': '✗ Rejected: 401 without an error code. The operator sees credentials_missing',
  'Replay a request': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_replayed',
  [bearer]: '✗ Rejected: 401 without an error code. The operator sees scheme_unsupported',
  'Drop the proof': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_missing',
  'Sign with your own key': '✗ Rejected: 401 invalid_token. The operator sees token_key_mismatch',
  "Claim the client's key": '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_signature',
  'Change the method': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_htm',
  'Change the URL': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_htu',
  'Change the host': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_htu',
  [waited]: '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_expired',
  'Swap the token': '✗ Rejected: 401 invalid_dpop_proof. The operator sees proof_ath',
  'Use a token of another API': '✗ Rejected: 401 invalid_token. The operator sees token_audience',
  'Edit the token': '✗ Rejected: 401 invalid_token. The operator sees token_signature',
  [unbound]: '✗ Rejected: 401 without an error code. The operator sees scheme_unsupported',
}

const withNonces = { [waited]: '✗ Rejected: 401 use_dpop_nonce. The operator sees nonce_not_accepted' }

const withBearer = {
  [bearer]: '✗ Rejected: 401 invalid_token. The operator sees token_bound_as_bearer',
  [unbound]: '✓ Accepted: 200. You are in.',
}

const guards = [
  { api: 'Express', freshness: 'its iat', mode: 'DPoP only', expected: answers },
  { api: 'Koa', freshness: 'its iat', mode: 'DPoP only', expected: answers },
  { api: 'Fastify', freshness: 'its iat', mode: 'DPoP only', expected: answers },
  { api: 'Koa', freshness: 'its nonce', mode: 'DPoP only', expected: { ...answers, ...withNonces } },
  { api: 'Express', freshness: 'its iat', mode: 'unbound Bearer', expected: { ...answers, ...withBearer } },
  {
    api: 'Fastify',
    freshness: 'its nonce',
    mode: 'unbound Bearer',
    expected: { ...answers, ...withNonces, ...withBearer },
  },
]

describe.skipIf(chromiumIsMissing)(`an attacker in the playground${skippedWithoutChromium}`, () => {
  const visit = useChromium()

  test.each(guards)(
    'gets the expected answers from $api with $freshness and $mode',
    ({ api, freshness, mode, expected }) =>
      visit({}, async ({ page, choose, press, getTokens }) => {
        await getTokens()
        await choose(api)
        await choose(freshness)
        await choose(mode)
        const rows = page.locator('.attacks > li')
        const names = await rows.getByRole('button').allInnerTexts()
        expect(names).toEqual(Object.keys(expected))

        for (const [name, answer] of Object.entries(expected)) {
          await press(name)
          const row = rows.filter({ has: page.getByRole('button', { name, exact: true }) })
          await row.locator('details').first().waitFor()
          expect(await row.getByRole('status').innerText()).toBe(answer)

          const verdict = (await readVerdict(row)).filter(({ outcome }) => outcome !== 'not used')
          const failed = verdict.findIndex(({ outcome }) => outcome === 'failed')
          const outcomes = verdict.map(({ outcome }) => outcome)
          expect(outcomes).toEqual(
            outcomes.map((_, index) =>
              failed === -1 || index < failed ? 'passed' : index === failed ? 'failed' : 'not reached',
            ),
          )
          expect(failed === -1).toBe(answer.startsWith('✓'))
          expect(await row.locator('.headers').last().textContent()).toContain('request-id')
          if (answer.startsWith('✗'))
            expect(await row.locator('.headers').last().textContent()).toContain('www-authenticate')
        }
      }),
  )

  interface Edit {
    what: string
    field?: 'Header' | 'Claims'
    change?: (members: Record<string, unknown>) => void
    signer?: "the client's key" | "the attacker's key"
    answer: RegExp
  }

  const edits: Edit[] = [
    { what: 'as it is', answer: /^✓ Accepted: 200\. The operator sees an accepted request\.$/ },
    {
      what: 'signed by the attacker',
      signer: "the attacker's key",
      answer: /^✗ Rejected: 401 invalid_dpop_proof\. .* proof_signature\.$/,
    },
    { what: 'of another typ', field: 'Header', change: (header) => (header.typ = 'JWT'), answer: /proof_typ/ },
    { what: 'with alg none', field: 'Header', change: (header) => (header.alg = 'none'), answer: /proof_algorithm/ },
    { what: 'with crit', field: 'Header', change: (header) => (header.crit = ['b64']), answer: /proof_header/ },
    { what: 'without jwk', field: 'Header', change: (header) => (header.jwk = undefined), answer: /proof_key/ },
    { what: 'without jti', field: 'Claims', change: (claims) => (claims.jti = undefined), answer: /proof_claims/ },
    { what: 'for HEAD', field: 'Claims', change: (claims) => (claims.htm = 'HEAD'), answer: /proof_htm/ },
    {
      what: 'for another path',
      field: 'Claims',
      change: (claims) => (claims.htu = `${claims.htu}/7`),
      answer: /proof_htu/,
    },
    { what: 'without ath', field: 'Claims', change: (claims) => (claims.ath = undefined), answer: /proof_ath/ },
    {
      what: 'from the next hour',
      field: 'Claims',
      change: (claims) => (claims.iat = Number(claims.iat) + 3600),
      answer: /proof_from_future/,
    },
    {
      what: 'with one more claim',
      field: 'Claims',
      change: (claims) => (claims.note = 'hello'),
      answer: /^✓ Accepted: 200\./,
    },
  ]

  test('writes proofs by hand, and each edit is rejected by the check that it breaks', () =>
    visit({}, async (scene) => {
      const { page, press, says, choose, getTokens, unfold } = scene
      await getTokens()
      await unfold()
      for (const { what, field, change, signer = "the client's key", answer } of edits) {
        await startFresh(scene)
        if (field !== undefined && change !== undefined) {
          const members = JSON.parse(await page.getByLabel(field, { exact: true }).inputValue())
          change(members)
          await page.getByLabel(field, { exact: true }).fill(JSON.stringify(members))
        }
        await choose(signer)
        await press('Sign and send')
        expect(await says('editor', 'The operator sees'), what).toMatch(answer)
      }

      // Send the last one again.
      await says('editor', /^✓ Accepted: 200\./)
      await press('Sign and send')
      await says('editor', 'The operator sees proof_replayed.')
      expect((await readVerdict(page.locator('#editor-view'))).find(({ outcome }) => outcome === 'failed')?.title).toBe(
        'The proof was not used before',
      )
    }))

  test('sees which field has invalid JSON, and nothing is sent', () =>
    visit({}, async (scene) => {
      const { page, press, says, getTokens, unfold } = scene
      await getTokens()
      await unfold()
      for (const field of ['Header', 'Claims'] as const) {
        await startFresh(scene)
        const area = page.getByLabel(field, { exact: true })
        for (const broken of ['{', '[]', 'null', '']) {
          await area.fill(broken)
          await press('Sign and send')
          await says('editor', `The ${field.toLowerCase()} is not a JSON object.`)
          expect(await area.getAttribute('aria-invalid')).toBe('true')
          expect(await area.evaluate((element) => element === document.activeElement)).toBe(true)
        }
      }
      expect(await page.locator('#editor-view').innerText()).toBe('')
    }))
})

async function startFresh({ press, says }: Visit): Promise<void> {
  await press('Start from a fresh proof')
  await says('editor', 'not signed yet')
}
