import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTestIssuer } from '@dpop-guard/testing'
import { invalidRequests } from '@dpop-guard/testing/invalid-requests'
import { startApi } from './api.mjs'

const issuer = await createTestIssuer()
const client = issuer.createClient({ scopes: ['orders:read'] })
let api

before(async () => {
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

for (const [name, invalid] of Object.entries(invalidRequests)) {
  test(name, async () => {
    assert.equal((await client.fetch(api.url, { invalid })).status, invalid.expected.status)
  })
}
