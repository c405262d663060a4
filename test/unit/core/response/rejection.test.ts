import { expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('changes of one rejection are not in the next one', async () => {
  const { guard } = createScene()
  const request = { method: 'GET', target: '/orders', headers: [] }
  const first = await guard.check(request)
  const challenges = first.headers['www-authenticate'] as string[]
  expect(() => challenges.push('Basic realm="theirs"')).toThrow(TypeError)
  Object.assign(first.headers, { 'www-authenticate': [] })
  expect((await guard.check(request)).headers['www-authenticate']).toEqual(challenges)
})
