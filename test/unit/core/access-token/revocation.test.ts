import { expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

test('what the revocation check throws is what operators see', async () => {
  const failure = new Error('no answer')
  const { guard, request } = createScene({ isRevoked: () => Promise.reject(failure) })
  const events = listenTo('rejected', 'unavailable')
  expect(await outcome(guard, request())).toBe('503 revocation_unavailable')
  expect(events).toEqual([expect.objectContaining({ error: failure })])
})
