const { afterAll, beforeAll, expect, test } = require('@jest/globals')

let api
let client
let issuer
let invalidRequests

beforeAll(async () => {
  const testing = await import('@dpop-guard/testing')
  const subpath = await import('@dpop-guard/testing/invalid-requests')
  const { startApi } = await import('./api.mjs')
  invalidRequests = subpath.invalidRequests
  issuer = await testing.createTestIssuer()
  client = issuer.createClient({ scopes: ['orders:read'] })
  api = await startApi(issuer)
})
afterAll(async () => {
  api.stop()
  await issuer.close()
})

test('an order is for its owner', async () => {
  const response = await client.fetch(api.url)
  expect(await response.json()).toEqual({ for: 'alice' })
})

test('each invalid request is rejected', async () => {
  for (const invalid of Object.values(invalidRequests)) {
    expect((await client.fetch(api.url, { invalid })).status).toBe(invalid.expected.status)
  }
}, 60_000)
