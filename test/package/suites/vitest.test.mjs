import { createTestIssuer } from '@dpop-guard/testing'
import { invalidRequests } from '@dpop-guard/testing/invalid-requests'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi } from './api.mjs'

const issuer = await createTestIssuer()
const client = issuer.createClient({ scopes: ['orders:read'] })
let api

beforeAll(async () => {
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

test.each(Object.entries(invalidRequests))('%s', async (_name, invalid) => {
  expect((await client.fetch(api.url, { invalid })).status).toBe(invalid.expected.status)
})
