/** The audit finds each fault of a server that has it, and none of a server that has no fault. */
import { endpointTokens } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer, type ProofClient } from '@dpop-guard/testing'
import { describe, expect, test } from 'vitest'
import { auditApi, missed, signedBy } from './audited-server.js'
import { type Fault, faults } from './faults.js'
import { createNaiveServer } from './naive-server.js'

const allFaults = Object.keys(faults) as Fault[]

const nonceOf = (fault: Fault) => (/nonce/.test(fault) ? 'nonce-of-the-naive-server' : undefined)

function audit(planted: readonly Fault[], { nonce, only }: { nonce?: string | undefined; only?: string[] } = {}) {
  return auditApi(
    (origin) => {
      const issuer = createTokenIssuer({ audience: origin })
      return { tokens: signedBy(issuer), handle: createNaiveServer({ issuer, faults: new Set(planted), nonce }) }
    },
    { only },
  )
}

test('there are more than forty faults', () => {
  expect(allFaults.length).toBeGreaterThan(40)
})

describe.each(allFaults)('a server that %s', (fault) => {
  const [row, severity] = faults[fault]

  test(`is found by ${row}`, async () => {
    const { results } = await audit([fault], { nonce: nonceOf(fault), only: [row] })
    const found = results.find(({ name }) => name === row)
    expect(found?.outcome).toBe(severity)
    expect(found?.exchanges.at(-1)?.curl).toMatch(/^curl /)
  })

  test('is not suspected of it without the fault', async () => {
    const { results } = await audit([], { nonce: nonceOf(fault), only: [row] })
    expect(results.find(({ name }) => name === row)).toMatchObject({ outcome: 'passed', findings: [] })
  })
})

/** Audits with a key of the user whose JWK has these members. */
function auditWithOwnKey(jwk: Record<string, string>) {
  const privateKey = { export: () => jwk } as unknown as ProofClient['privateKey']
  return auditApi(
    (origin) => {
      const issuer = createTokenIssuer({ audience: origin })
      const handle = createNaiveServer({ issuer, faults: new Set() })
      return { tokens: signedBy(issuer), handle, client: { ...createProofClient(), privateKey } }
    },
    { clientKey: 'own', only: ['jwk-private-real', 'proof-htm-lower-case'] },
  )
}

test('a key of the user whose private half is "priv", as ML-DSA keys have it, stays on this machine', async () => {
  const { results, stopped } = await auditWithOwnKey({ kty: 'AKP', priv: 'p'.repeat(43) })
  expect(stopped).toBeUndefined()
  expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['valid-request', 'passed'],
    ['credentials-missing', 'passed'],
    ['jwk-private-real', 'not run'],
    ['proof-htm-lower-case', 'passed'],
  ])
})

test('an audit that cannot send its first request stops, so that its report does not look like a good one', async () => {
  const { stopped, counts } = await auditWithOwnKey({ kty: 'other' })
  expect(stopped).toContain('a key that the audit made')
  expect(counts).toMatchObject({ passed: 0, 'not run': 4 })
})

test('an audit stops if the token endpoint issues no more tokens', async () => {
  let issued = 0
  const { stopped, counts } = await auditApi((origin) => {
    const issuer = createTokenIssuer({ audience: origin })
    const request = async ({ jkt }: ProofClient) => {
      issued += 1
      if (issued > 1) throw new Error('the endpoint is down')
      return { token: issuer.mint({ cnf: { jkt } }), expiresInSeconds: 60 }
    }
    // Time passes whenever somebody looks at the clock.
    let now = 0
    const tokens = endpointTokens(request, () => {
      now += 5
      return now
    })
    return { tokens, handle: createNaiveServer({ issuer, faults: new Set() }) }
  })
  expect(stopped).toBe('a token endpoint that still issues tokens')
  expect(counts.passed).toBeGreaterThan(0)
  expect(counts['not run']).toBeGreaterThan(500)
})

test('a server with many faults at once is audited to the end, and each fault that no other one hides is named', async () => {
  const planted = allFaults.filter((fault) => !hiding.includes(fault))
  const report = await audit(planted)
  expect(report.stopped).toBeUndefined()
  const found = new Map(report.results.map(({ name, outcome }) => [name, outcome]))
  for (const fault of planted.filter((fault) => nonceOf(fault) === undefined)) {
    const [row] = faults[fault]
    expect(['must reject', 'should answer so'], `${fault}: ${row}`).toContain(found.get(row))
  }
  expect(report.counts['must reject']).toBeGreaterThan(30)
  expect(missed(report).length).toBeGreaterThan(100)
})

/** With these, requests pass or are rejected before others would matter. */
const hiding: readonly Fault[] = [
  'remembers proofs too late',
  'lets everyone pass',
  'sends no challenge',
  'asks for another scheme',
]
