// examples/next, built and started by the real Next.js.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { withoutTheKey } from '../attacks/without-the-key.js'
import { createProofClient } from '../support/proof-client.js'
import { sendRequest } from '../support/raw-http.js'
import { startIssuerServer } from '../support/test-issuer.js'
import { installExample, startExample } from './example-project.js'
import { makeTemporaryDirectory, type PackageName, pack } from './packed.js'

const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>
beforeAll(async () => {
  tarballs = await pack(directory.path)
})
afterAll(directory.remove)

const resource = 'https://api.example.com'

test('next builds and starts from a copy of its folder, and its route handlers answer as every adapter does', async () => {
  const issuer = await startIssuerServer()
  onTestFinished(issuer.close)
  const path = await installExample('next', join(directory.path, 'next'), tarballs)
  const env = { ISSUER: issuer.issuer, RESOURCE: resource, PORT: '0', NEXT_TELEMETRY_DISABLED: '1' }
  const output = await startExample(path, env, /Ready in/)
  const port = Number(/Local: +http:\/\/\S+?:(\d+)/.exec(output)?.[1])

  const owner = createProofClient()
  const now = () => Math.floor(Date.now() / 1000)
  const mint = (scope: string) => issuer.mint({ now: now(), aud: resource, scope, cnf: { jkt: owner.jkt } })
  const fields = (target: string, { method = 'GET', scope = 'orders:read', client = owner } = {}) => {
    const accessToken = mint(scope)
    const proof = client.proof({ method, url: resource + target, now: now(), accessToken })
    return ['Host', 'api.example.com', 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  }
  const send = async (target: string, headers: readonly string[], method = 'GET') => {
    const response = await sendRequest({ port, method, target, headers })
    return { status: response.status, body: response.body, challenge: response.header('www-authenticate').join() }
  }
  const orders = '/api/orders'

  const good = fields(orders)
  expect(await send(orders, good)).toEqual({ status: 200, body: '{"for":"alice","orders":[]}', challenge: '' })
  expect(await send(orders, good)).toMatchObject({ status: 401, challenge: expect.stringMatching('used before') })
  expect(await send(`${orders}?page=2`, fields(orders))).toMatchObject({ status: 200 })
  expect(await send(`${orders}/7`, fields(`${orders}/7`))).toMatchObject({ body: '{"id":"7","for":"alice"}' })

  const rejected = async (headers: readonly string[]) => {
    const { status, challenge } = await send(orders, headers)
    return `${status} ${/error="(\w+)"/.exec(challenge)?.[1]}`
  }
  expect(await rejected(['Host', 'h'])).toBe('401 undefined')
  expect(await rejected(fields(orders, { client: createProofClient() }))).toBe('401 invalid_token')
  expect(await rejected(fields(`${orders}/7`))).toBe('401 invalid_dpop_proof')
  expect(await rejected(fields(orders, { scope: 'other' }))).toBe('403 insufficient_scope')
  expect((await send(orders, fields(orders, { method: 'POST' }), 'POST')).status).toBe(403)
  expect((await send(orders, fields(orders, { method: 'POST', scope: 'orders:write' }), 'POST')).status).toBe(201)

  // Next.js passes on the first Authorization, and joins two proofs.
  const twice = fields(orders)
  const [proof = ''] = twice.slice(twice.indexOf('DPoP') + 1)
  expect(await rejected([...twice, 'DPoP', proof])).toBe('401 invalid_dpop_proof')
  expect(await rejected(['Authorization', 'DPoP x', ...fields(orders)])).toBe('401 invalid_token')
  expect((await send(orders, [...twice, 'Authorization', 'DPoP x'])).status).toBe(200)
  const request = { method: 'GET', target: orders, headers: fields(orders) }
  for (const { name, request: changed } of withoutTheKey(request)) {
    expect((await send(orders, [...changed.headers, 'Authorization', 'DPoP x'])).status, name).toBe(401)
  }
})
