/** A runtime may make no keys of secp256k1 and Ed448: Bun makes none. */
import { auditServer } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listenOnLoopback } from '../../../support/listen.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  const generateKeyPairSync = (type: string, options?: { namedCurve?: string }) => {
    if (type === 'ed448' || options?.namedCurve === 'secp256k1') throw new Error('unknown group')
    return original.generateKeyPairSync(type as 'ec', options as { namedCurve: string })
  }
  return { ...original, generateKeyPairSync }
})

test('an audit says which requests this runtime cannot make, and sends the others', async () => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', (_request, response) => response.end('{}'))
  const issuer = createTokenIssuer({ audience: origin })
  const { results } = await auditServer({
    url: `${origin}/orders`,
    client: createProofClient(),
    tokens: { kind: 'signed', issuer, tokenFor: async ({ jkt }) => issuer.mint({ cnf: { jkt } }) },
    requestsPerSecond: 10_000,
    only: ['proof-signed-es256k', 'jwk-secp256k1-as-es256', 'jwk-ed448-*', 'jwk-p384-as-es256'],
  })
  const needs = Object.fromEntries(results.map((result) => [result.name, result.needs]))
  expect(needs).toMatchObject({
    'proof-signed-es256k': 'a runtime whose cryptography has secp256k1',
    'jwk-secp256k1-as-es256': 'a runtime whose cryptography has secp256k1',
    'jwk-ed448-as-eddsa': 'a runtime whose cryptography has Ed448',
    'jwk-ed448-as-ed25519': 'a runtime whose cryptography has Ed448',
  })
  expect(results.find(({ name }) => name === 'jwk-p384-as-es256')?.outcome).toBe('must reject')
})
