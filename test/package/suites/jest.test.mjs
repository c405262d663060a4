import { breakages, createTestIssuer } from '@dpop-guard/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
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

test.each(Object.entries(breakages))('%s', async (_name, broken) => {
  expect((await client.fetch(api.url, { broken })).status).toBe(broken.expected.status)
})
