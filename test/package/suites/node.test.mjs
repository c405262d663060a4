import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { breakages, createTestIssuer } from '@dpop-guard/testing'
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

for (const [name, broken] of Object.entries(breakages)) {
  test(name, async () => {
    assert.equal((await client.fetch(api.url, { broken })).status, broken.expected.status)
  })
}
