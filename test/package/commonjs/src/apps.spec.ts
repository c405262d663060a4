import { createGuard } from '@dpop-guard/core'
import { createTestIssuer } from '@dpop-guard/testing'
import { expect, test } from '@jest/globals'
import supertest from 'supertest'
import { applications } from './apps'

test.each(Object.entries(applications))('on %s an order is for its owner only', async (_name, create) => {
  const issuer = await createTestIssuer({ serve: 'nowhere' })
  const client = issuer.createClient()
  const api = supertest(await create(issuer.guardOptions))
  const response = await client.send({ url: '/orders' }, (headers) => api.get('/orders').set(headers))
  expect(response.body).toEqual({ for: 'alice' })
  expect((await api.get('/orders')).status).toBe(401)
})

test('the packages share one core', () => {
  expect(require('@dpop-guard/express').createGuard).toBe(createGuard)
  expect(typeof require('@dpop-guard/core/introspection')).toBe('object')
})
