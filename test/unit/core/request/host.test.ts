import { expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'

test.each([
  ['k.example', '\u212a.example'],
  ['\u212a.example', 'k.example'],
])('a Host %s with an :authority %s is rejected, although in lower case they are the same', async (host, authority) => {
  const { guard, request } = createScene()
  const { headers, ...rest } = request()
  const [, , ...credentials] = headers
  const presented = (...fields: string[]) => outcome(guard, { ...rest, headers: [...fields, ...credentials] })
  expect(await presented('Host', host, ':authority', authority)).toBe('400 host_malformed')
  expect(await presented('Host', 'k.example', ':authority', 'K.example')).toBe('accepted')
})
