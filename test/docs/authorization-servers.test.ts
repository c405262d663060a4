import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createProofClient, type ProofParts } from '../support/proof-client.js'
import { importCode } from './code.js'

interface Answer {
  jkt?: string
  status?: number
  error?: string
  headers: Record<string, string>
}

interface Page {
  readKey(req: Pick<IncomingMessage, 'method' | 'headers' | 'rawHeaders'>, path: string, jkt?: string): Promise<Answer>
}

const page = 'packages/core/docs/authorization-servers.md'

function post(dpop?: string) {
  return dpop === undefined
    ? { method: 'POST', headers: {}, rawHeaders: [] }
    : { method: 'POST', headers: { dpop }, rawHeaders: ['DPoP', dpop] }
}

describe('the key of a proof, read with the code of the page on authorization servers', async () => {
  const { readKey } = await importCode<Page>(page, 'readKey')
  const client = createProofClient()
  const other = createProofClient()

  const proof = (path: string, parts: Partial<ProofParts> = {}) =>
    client.proof({
      method: 'POST',
      url: `https://as.example.com${path}`,
      now: Math.floor(Date.now() / 1000),
      ...parts,
    })

  async function getNonce() {
    const { headers } = await readKey(post(proof('/token')), '/token')
    return headers['dpop-nonce']
  }

  test('without a proof there is no key, and a request that is already bound to one is rejected', async () => {
    expect(await readKey(post(), '/token')).toEqual({ jkt: undefined, headers: {} })
    expect(await readKey(post(), '/token', client.jkt)).toMatchObject({ status: 400, error: 'invalid_dpop_proof' })
  })

  test('a proof without a nonce is answered with one', async () => {
    expect(await readKey(post(proof('/token')), '/token')).toEqual({
      status: 400,
      error: 'use_dpop_nonce',
      headers: { 'dpop-nonce': expect.stringMatching(/./), 'cache-control': 'no-store' },
    })
  })

  test.each(['/token', '/par'])('at %s the key of a proof is returned once', async (path) => {
    const dpop = proof(path, { nonce: await getNonce() })
    expect(await readKey(post(dpop), path)).toEqual({ jkt: client.jkt, headers: {} })
    expect(await readKey(post(dpop), path)).toMatchObject({ status: 400, error: 'invalid_dpop_proof' })
  })

  test('a proof for another endpoint is rejected', async () => {
    const dpop = proof('/par', { nonce: await getNonce() })
    expect(await readKey(post(dpop), '/token')).toMatchObject({ status: 400, error: 'invalid_dpop_proof' })
  })

  test.each([
    { path: '/token', error: 'invalid_grant' },
    { path: '/par', error: 'invalid_request' },
  ])('at $path the key must be the one that is already bound', async ({ path, error }) => {
    const bound = async (jkt: string) => readKey(post(proof(path, { nonce: await getNonce() })), path, jkt)
    expect(await bound(client.jkt)).toMatchObject({ jkt: client.jkt })
    expect(await bound(other.jkt)).toMatchObject({ status: 400, error })
  })
})
