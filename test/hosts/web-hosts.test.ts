// The guard on each host of web-standard requests, over a socket.
import { randomBytes } from 'node:crypto'
import type { GuardOptions } from '@dpop-guard/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutTheKey } from '../attacks/without-the-key.js'
import { createScene, type RequestParts } from '../support/guard-scene.js'
import { sendRequest } from '../support/raw-http.js'
import { answersErrors, type Host, hosts, losesEmptyFields, paths, seesWire } from './web-hosts.js'

describe.each(Object.entries(hosts))('@dpop-guard/web on %s', (name, start) => {
  let nonce: string | undefined
  const options: Partial<GuardOptions> = {
    freshness: 'nonce',
    nonce: { secrets: [randomBytes(32).toString('base64url')] },
    sendNonce: 'always',
  }
  const scene = createScene(options)
  let host: Host
  beforeAll(async () => {
    host = await start(scene.options)
    nonce = (await send({})).header('dpop-nonce')[0]
  })
  afterAll(() => host.close())

  const send = (parts: RequestParts, target?: string) => {
    const { method, headers, ...request } = scene.request({ ...parts, proof: { nonce, ...parts.proof } })
    return sendRequest({ port: host.port, method, headers, target: target ?? request.target })
  }

  const expected: Readonly<Record<string, { status: number; body: string }>> = {
    '/orders': { status: 200, body: '{"for":"alice"}' },
    '/stream': { status: 200, body: 'ab' },
    '/redirect': { status: 303, body: '' },
    '/fetched': { status: 200, body: 'fetched' },
    '/empty': { status: 204, body: '' },
    '/admin': { status: 403, body: expect.stringContaining('insufficient_scope') },
    '/nowhere': { status: 404, body: 'no such path' },
    ...(answersErrors.includes(name) && { '/error': { status: 500, body: expect.anything() } }),
  }

  test.each(Object.keys(expected))('%s has the nonce, and is not to be cached', async (target) => {
    const response = await send({ target })
    expect({ status: response.status, body: response.body }).toEqual(expected[target])
    expect(response.header('dpop-nonce')).toEqual([nonce])
    expect(response.header('cache-control')).toEqual(['no-store'])
    expect(response.header('location')).toEqual(target === '/redirect' ? ['https://app.example.com/next'] : [])
  })

  test('each path of the host is tested', () => {
    expect(Object.keys(expected)).toEqual(expect.arrayContaining(paths))
  })

  test('a client without credentials learns what to do', async () => {
    const response = await sendRequest({ port: host.port, method: 'GET', target: '/orders', headers: ['Host', 'h'] })
    expect([response.status, response.body]).toEqual([401, ''])
    expect(response.header('www-authenticate')).toEqual(['DPoP algs="ES256 PS256 Ed25519 EdDSA"'])
  })

  test('a replay, a proof for the origin that Host names, two proofs and two tokens are rejected', async () => {
    const good = scene.request({ proof: { nonce } })
    const { port } = host
    const post = (headers: readonly string[]) => sendRequest({ port, method: 'GET', target: '/orders', headers })
    expect((await post(good.headers)).status).toBe(200)
    expect((await post(good.headers)).header('www-authenticate').join()).toContain('used before')
    const evil = scene.request({ proof: { nonce, url: 'https://evil.example/orders' } })
    const named = evil.headers.map((text, index) => (evil.headers[index - 1] === 'Host' ? 'evil.example' : text))
    expect((await post(named)).header('www-authenticate').join()).toContain('invalid_dpop_proof')
    const other = scene.request({ proof: { nonce } })
    const [proof = ''] = other.headers.slice(other.headers.indexOf('DPoP') + 1)
    expect((await post([...other.headers, 'DPoP', proof])).status).toBe(401)
    expect((await post([...other.headers, 'Authorization', 'DPoP x'])).status).toBe(400)
  })

  test.each(['Authorization', 'DPoP'])('an empty %s in front of a good one is rejected', async (field) => {
    const { method, target, headers } = scene.request({ proof: { nonce } })
    const { status } = await sendRequest({ port: host.port, method, target, headers: [field, '', ...headers] })
    expect(losesEmptyFields.includes(name) ? [200] : [400, 401]).toContain(status)
  })

  test.each(['Authorization', 'DPoP'])('an empty %s needs the key of the client too', async (field) => {
    const good = { ...scene.request({ proof: { nonce } }), body: undefined }
    for (const { name: attempt, request } of withoutTheKey(good)) {
      const { status } = await sendRequest({ port: host.port, ...request, headers: [field, '', ...request.headers] })
      expect([400, 401], attempt).toContain(status)
    }
  })

  test(`a path with dot segments is ${seesWire.includes(name) || name === 'Deno.serve' ? 'rejected' : 'the path that is left'}`, async () => {
    const { status } = await send({}, '/x/../orders')
    expect(status).toBe(seesWire.includes(name) || name === 'Deno.serve' ? 400 : 200)
  })
})
