import { expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

test('operators see the error that the revocation check throws', async () => {
  const failure = new Error('no answer')
  const { guard, request } = createScene({ isRevoked: () => Promise.reject(failure) })
  const events = listenTo('rejected', 'unavailable')
  expect(await outcome(guard, request())).toBe('503 revocation_unavailable')
  expect(events).toEqual([expect.objectContaining({ error: failure })])
})
