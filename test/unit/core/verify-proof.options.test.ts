import { memoryReplayStore, type VerifyProofOptions, verifyProof } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { mistyped, now } from '../../support/guard-scene.js'
import { createProofClient } from '../../support/proof-client.js'

const secret = 'S3cr3t-of-more-than-thirty-two-bytes!'

describe('freshness and nonces', () => {
  const request = { method: 'POST', url: 'https://as.example.com/token', headers: [] }
  const replay = memoryReplayStore()

  test.each([
    ['an invalid freshness', { freshness: 'server' }, '"freshness"'],
    ['nonces that are missing', { freshness: 'nonce' }, '"nonce"'],
    ['nonces that would be ignored', { nonce: { secrets: [secret] } }, '"nonce"'],
    ['a short secret', { freshness: 'both', nonce: { secrets: ['short'] } }, '"nonce.secrets"'],
    ['sendNonce, which it does not have', { sendNonce: 'always' }, '"sendNonce"'],
  ])('rejects with a TypeError for %s', async (_what, options, name) => {
    const checked = verifyProof(request, { replayStore: replay, ...options } as Parameters<typeof verifyProof>[1])
    await expect(checked).rejects.toThrow(TypeError)
    await expect(checked).rejects.toThrow(name)
    await expect(checked).rejects.not.toThrow(secret)
  })
})

describe('the other options', () => {
  const client = createProofClient()
  const request = () => {
    const parts = { method: 'POST', url: 'https://as.example.com/token' }
    return { ...parts, headers: ['DPoP', client.proof({ ...parts, now })] }
  }
  const options: VerifyProofOptions = { replayStore: 'off', clock: () => now }

  test.each([
    ['replayStore', { replayStore: undefined }],
    ['replayStore', { replayStore: null }],
    ['replayStore', { replayStore: 'on' }],
    ['clock', { clock: 1 }],
    ['algorithms', { algorithms: ['none'] }],
    ['maxAgeSeconds', { maxAgeSeconds: 60_000 }],
    ['futureToleranceSeconds', { futureToleranceSeconds: -1 }],
    ['maxLength', { maxLength: 1 }],
  ])('rejects with a TypeError that names %s for %o', async (name, wrong) => {
    const verifying = verifyProof(request(), mistyped({ ...options, ...wrong }))
    await expect(verifying).rejects.toThrow(TypeError)
    await expect(verifying).rejects.toThrow(`${name}"`)
  })

  test('names its options without a prefix', async () => {
    const verifying = verifyProof(request(), { ...options, maxAgeSeconds: 0 })
    await expect(verifying).rejects.toThrow('"maxAgeSeconds" must be')
  })

  test('suggests the right name for an unknown option', async () => {
    const verifying = verifyProof(request(), mistyped({ ...options, maxAge: 5 }))
    await expect(verifying).rejects.toThrow(TypeError)
    await expect(verifying).rejects.toThrow('unknown option "maxAge", did you mean "maxAgeSeconds"?')
  })

  test.each([undefined, null, 'off'])('rejects with a TypeError for %o instead of options', async (value) => {
    await expect(verifyProof(request(), mistyped(value))).rejects.toThrow(TypeError)
  })

  test('uses the default for undefined', async () => {
    const undefinedOptions = {
      algorithms: undefined,
      maxAgeSeconds: undefined,
      futureToleranceSeconds: undefined,
      maxLength: undefined,
    }
    expect(await verifyProof(request(), { ...options, ...undefinedOptions })).toMatchObject({ verified: true })
  })
})
