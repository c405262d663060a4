import { expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'

test.each([
  'https://api.example.com/orders',
  'HTTPS://API.example.com:443/%6frders',
  'https://api.example.com/x/../orders?a=b#c',
])('a proof for %s is for this URL, in another spelling or not', async (url) => {
  const { guard, request } = createScene()
  expect(await outcome(guard, request({ proof: { url } }))).toBe('accepted')
})

test.each([
  'https://api.example.com/orders/',
  'https://api.example.com/Orders',
  '/orders',
  'https://api.example.com/%zz',
])('a proof for %s is for another URL', async (url) => {
  const { guard, request } = createScene()
  expect(await guard.check(request({ proof: { url } }))).toMatchObject({
    reason: 'proof_htu',
    mismatch: { name: 'htu', expected: ['https://api.example.com/orders'], received: [url] },
  })
})
