import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { controls, escapes, run } from '../../support/inspect-scene.js'

const event = {
  enforced: true,
  method: 'GET',
  path: '/orders',
  scheme: 'DPoP',
  issuer: 'https://as.example.com',
  clientId: 'client-1',
  iatOffsetSeconds: 3,
  reason: 'proof_htu',
  status: 401,
  mismatch: { name: 'htu', expected: ['https://api.example.com/orders'], received: ['http://api.example.com/orders'] },
}

const line = (kind: string, event: object) => `2026-11-28 api[1] DPOP-GUARD 4711: ${kind} ${JSON.stringify(event)}\n`

test('a rejected line is explained: reason, answer, step, both sides, and what to do', async () => {
  const { code, stdout } = await run([], { input: `other output\n${line('rejected', event)}more\n` })
  expect(stripVTControlCharacters(stdout).split('\n')).toEqual(
    [
      'rejected GET /orders',
      ' reason proof_htu',
      ' answer 401 invalid_dpop_proof "DPoP proof htu does not match the request"',
      ' step RFC 9449 section 4.3, check 9',
      ' compared htu',
      ' expected https://api.example.com/orders',
      ' received http://api.example.com/orders',
      ' scheme DPoP',
      ' issuer https://as.example.com',
      ' client client-1',
      ' clock the proof is 3 s old',
      " hint set the guard's publicUrl (or resource) to the URL that clients call",
      '',
    ].map((text) => expect.stringMatching(new RegExp(`^${text.replace(/[.()"]/g, '\\$&').replace(/ /g, ' +')}$`))),
  )
  expect(code).toBe(1)
})

test('an accepted line is no failure', async () => {
  const { reason, status, mismatch, ...accepted } = event
  const { code, stdout } = await run(['proof'], { input: line('accepted', accepted) })
  expect(stdout).toMatch(/^accepted {2}GET \/orders\n/)
  expect(code).toBe(0)
})

test('a line of any content does not control the terminal', async () => {
  const hostile = {
    ...event,
    path: escapes,
    reason: 'constructor',
    mismatch: { name: escapes, expected: [1], received: escapes },
  }
  const { code, stdout } = await run(['proof'], { input: line('unavailable', { ...hostile, error: { a: escapes } }) })
  expect(stdout).not.toMatch(controls)
  expect(code).toBe(1)
})
