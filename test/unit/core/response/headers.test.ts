import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { applyHeaders, type HeaderTarget, type ResponseHeaders } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, now } from '../../../support/guard-scene.js'

const expose = 'access-control-expose-headers'
const exposed = { [expose]: 'WWW-Authenticate, DPoP-Nonce' }

const createResponse = () => new ServerResponse(new IncomingMessage(new Socket()))

describe('applyHeaders', () => {
  test.each<[present: string | string[] | number | undefined, merged: string]>([
    [undefined, 'WWW-Authenticate, DPoP-Nonce'],
    ['', 'WWW-Authenticate, DPoP-Nonce'],
    [' , ,', 'WWW-Authenticate, DPoP-Nonce'],
    ['ETag', 'ETag, WWW-Authenticate, DPoP-Nonce'],
    ['ETag,X-Total ,  Link', 'ETag, X-Total, Link, WWW-Authenticate, DPoP-Nonce'],
    ['www-authenticate', 'www-authenticate, DPoP-Nonce'],
    ['DPOP-NONCE, ETag', 'DPOP-NONCE, ETag, WWW-Authenticate'],
    ['dpop-nonce,Www-Authenticate', 'dpop-nonce, Www-Authenticate'],
    [['ETag', 'Link'], 'ETag, Link, WWW-Authenticate, DPoP-Nonce'],
    [['ETag, Link', 'wWW-authenticate'], 'ETag, Link, wWW-authenticate, DPoP-Nonce'],
    [[], 'WWW-Authenticate, DPoP-Nonce'],
    ['X-WWW-Authenticate', 'X-WWW-Authenticate, WWW-Authenticate, DPoP-Nonce'],
    ['*', '*, WWW-Authenticate, DPoP-Nonce'],
    [7, '7, WWW-Authenticate, DPoP-Nonce'],
  ])('adds to the exposed headers %o', (present, merged) => {
    const response = createResponse()
    if (present !== undefined) response.setHeader('Access-Control-Expose-Headers', present)
    applyHeaders(exposed, response)
    expect(response.getHeader(expose)).toBe(merged)
  })

  test("adds Date only if the guard's headers name it", () => {
    const response = createResponse()
    response.setHeader(expose, 'ETag, date')
    applyHeaders({ [expose]: 'WWW-Authenticate, DPoP-Nonce, Date' }, response)
    expect(response.getHeader(expose)).toBe('ETag, date, WWW-Authenticate, DPoP-Nonce')
  })

  test('adds nothing twice when it is called again', () => {
    const response = createResponse()
    applyHeaders(exposed, response)
    applyHeaders(exposed, response)
    expect(response.getHeaders()).toEqual(exposed)
  })

  test('does not change the exposed headers if nothing is to be exposed', () => {
    const response = createResponse()
    response.setHeader(expose, 'ETag')
    applyHeaders({}, response)
    expect(response.getHeaders()).toEqual({ [expose]: 'ETag' })
  })

  test('replaces every other header, and writes a list as one line each', () => {
    const response = createResponse()
    response.setHeader('WWW-Authenticate', 'Basic realm="old"')
    response.setHeader('Content-Type', 'text/plain')
    response.setHeader('X-Other', 'stays')
    applyHeaders({ 'www-authenticate': ['Bearer realm="a"', 'DPoP algs="ES256"'], 'content-type': 'a/b' }, response)
    expect(response.getHeaders()).toEqual({
      'www-authenticate': ['Bearer realm="a"', 'DPoP algs="ES256"'],
      'content-type': 'a/b',
      'x-other': 'stays',
    })
  })

  test('sets its own copy of a list', () => {
    const list = ['DPoP algs="ES256"']
    const written: unknown[] = []
    const response: HeaderTarget = {
      getHeader: () => undefined,
      setHeader: (_, value) => written.push(value),
    }
    applyHeaders({ 'www-authenticate': list }, response)
    expect(written).toEqual([list])
    expect(written[0]).not.toBe(list)
  })
})

describe('the headers of a verdict', () => {
  const origin = ['Origin', 'https://app.example.com']
  const rejected = {
    'www-authenticate': ['DPoP algs="ES256 PS256 Ed25519 EdDSA"'],
  }

  test('expose the headers that scripts need, only if the request has an Origin', async () => {
    const { guard, request } = createScene()
    const headersOf = async (headers: string[]): Promise<ResponseHeaders> =>
      (await guard.check({ method: 'GET', target: '/', headers })).headers
    expect(await headersOf([])).toEqual(rejected)
    expect(await headersOf(origin)).toEqual({ ...rejected, ...exposed })
    expect(await headersOf(['oRIGIN', 'null'])).toEqual({ ...rejected, ...exposed })
    expect((await guard.check(request())).headers).toEqual({})
    expect((await guard.check(request({ headers: origin }))).headers).toEqual(exposed)
  })

  test.each([
    ['too old', -3600, 'proof_expired'],
    ['from the future', 3600, 'proof_from_future'],
  ])("expose the server's time if a proof is %s", async (_, seconds, reason) => {
    const { guard, request } = createScene()
    const proof = { claims: { iat: now + seconds } }
    const verdict = await guard.check(request({ headers: origin, proof }))
    expect(verdict).toMatchObject({ reason, headers: { [expose]: 'WWW-Authenticate, DPoP-Nonce, Date' } })
    expect((await guard.check(request({ proof }))).headers).not.toHaveProperty(expose)
  })

  test('of a 503 expose them too, without a challenge', async () => {
    const { guard, request } = createScene({ replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
    expect(await guard.check(request({ headers: origin }))).toMatchObject({ status: 503, headers: exposed, body: '' })
  })

  test('are a copy for each request', async () => {
    const { guard } = createScene()
    const bad = { method: 'GET', target: '/', headers: [] }
    const first = await guard.check(bad)
    Object.assign(first.headers, { 'www-authenticate': 'changed' })
    expect((await guard.check(bad)).headers).toEqual(rejected)
  })

  test('of an accepted request are a copy too', async () => {
    const { guard, request } = createScene()
    const first = await guard.check(request({ headers: origin }))
    Object.assign(first.headers, { 'x-tenant': 'a' })
    expect((await guard.check(request({ headers: origin }))).headers).toEqual(exposed)
  })
})
