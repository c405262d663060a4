/** Hundreds of proofs, each inspected with a guard of its own, take seconds. */
import { inspectProof } from '@dpop-guard/inspect'
import { invalidRequests, mutationsOf, writeFields } from '@dpop-guard/testing/invalid-requests'
import { expect, test } from 'vitest'
import { stepOf } from '../../../packages/inspect/src/guard-answer.js'
import { client, issuer, now, url } from '../../support/inspect-scene.js'

const ofProofs = Object.entries(invalidRequests).filter(
  ([, { expected }]) => stepOf(expected.reason) !== undefined && expected.reason !== 'token_key_mismatch',
)

test.each(ofProofs)('an invalid proof %s fails where the guard finds it', async (_name, request) => {
  const { reason } = request.expected
  const mutation = mutationsOf(request, { method: 'GET', url, now, client, issuer }).at(-1)
  const headers = writeFields({ method: 'GET', url, now, client, issuer }, mutation)
  const valuesOf = (field: string) => headers.filter((_, index) => headers[index - 1]?.toLowerCase() === field)
  const accessToken = valuesOf('authorization')[0]?.replace('DPoP ', '')
  const known = { method: mutation?.method ?? 'GET', url: new URL(url).origin + (mutation?.target ?? '/orders') }
  const { checks, verdict } = await inspectProof({ fields: valuesOf('dpop'), ...known, now, accessToken })
  const failed = checks.filter(({ outcome }) => outcome === 'fail')
  expect(verdict).toMatchObject({ verified: false, reason })
  expect(failed.map(({ step }) => step)).toContain(stepOf(reason))
})
