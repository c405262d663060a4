import { expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('a token without an audience is rejected for that, also where another claim is missing', async () => {
  const { guard, request } = createScene()
  expect(await guard.check(request({ token: { aud: undefined, exp: undefined } }))).toMatchObject({
    status: 401,
    reason: 'token_audience',
    mismatch: { name: 'aud' },
  })
})
