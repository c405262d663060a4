/** The audit finds each fault of a server that has it, and none of a server that has no fault. */
import { createTokenIssuer } from '@dpop-guard/testing'
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
