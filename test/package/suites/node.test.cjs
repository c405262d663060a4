const assert = require('node:assert/strict')
const { after, before, test } = require('node:test')
const { createTestIssuer } = require('@dpop-guard/testing')

let api
let client
let issuer

before(async () => {
  const { startApi } = await import('./api.mjs')
  issuer = await createTestIssuer()
  client = issuer.createClient({ scopes: ['orders:read'] })
  api = await startApi(issuer)
})
after(async () => {
  api.stop()
  await issuer.close()
})

test('an order is for its owner', async () => {
  const response = await client.fetch(api.url)
  assert.deepEqual(await response.json(), { for: 'alice' })
})

test('a stolen token is no use', async () => {
  assert.equal((await client.fetch(api.url, { invalid: 'token-stolen' })).status, 401)
})
