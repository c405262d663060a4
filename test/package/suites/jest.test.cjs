const { afterAll, beforeAll, expect, test } = require('@jest/globals')

let api
let client
let issuer
let breakages

beforeAll(async () => {
  const testing = await import('@dpop-guard/testing')
  const { startApi } = await import('./api.mjs')
  breakages = testing.breakages
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

test('nothing that is broken gets in', async () => {
  for (const broken of Object.values(breakages)) {
    expect((await client.fetch(api.url, { broken })).status).toBe(broken.expected.status)
  }
}, 60_000)
