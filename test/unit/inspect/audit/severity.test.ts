import { failures } from '@dpop-guard/core'
import { conditionalInvalidRequests, invalidRequests } from '@dpop-guard/testing/invalid-requests'
import { expect, test } from 'vitest'
import { exceptions, severityOf } from '../../../../packages/inspect/src/audit/severity.js'

const all = { ...invalidRequests, ...conditionalInvalidRequests }

test('each exception names a request that exists, once', () => {
  const names = exceptions.flatMap(({ names }) => names)
  expect(names.filter((name) => !Object.hasOwn(all, name))).toEqual([])
  expect(names).toEqual([...new Set(names)])
})

test('what RFC 9449 section 4.3 says is a must, and memory of used proofs is not', () => {
  expect(severityOf('proof-signature-zeros', 'proof_signature')).toBe('must reject')
  expect(severityOf('proof-replayed', 'proof_replayed')).toBe('should answer so')
  expect(severityOf('proof-61-seconds-old', 'proof_expired')).toBe('information')
  expect(Object.keys(failures)).toContain('proof_replayed')
})
