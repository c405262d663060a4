import { expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

/** How operators see this `htu` of a rejected proof. */
async function shown(htu: string): Promise<string | undefined> {
  const { guard, request } = createScene()
  const verdict = await guard.check(request({ proof: { url: htu } }))
  return verdict.accepted ? undefined : verdict.mismatch?.received[0]
}

test.each([
  ['https://user:secret@evil.example/orders', 'https://evil.example/orders'],
  ['https://u@evil.example/orders', 'https://evil.example/orders'],
  ['a//user:secret@evil.example/orders', 'a//evil.example/orders'],
  ['\\\\user:secret@evil.example/orders', '\\\\evil.example/orders'],
  ['user:secret@evil.example/orders', 'evil.example/orders'],
  ['https://a:b@c:secret@evil.example', 'https://evil.example'],
  ['https://evil.example/a@b', 'https://evil.example/a@b'],
  ['https://evil.example/orders?secret', 'https://evil.example/orders'],
  ['https://evil.example/orders#secret', 'https://evil.example/orders'],
  ['/a@b/c', '/a@b/c'],
  ['/\t/user:secret@evil.example', '/\\u0009/evil.example'],
  ['evil.example', 'evil.example'],
  ['a//', 'a//'],
  ['//user:secret@evil.example/orders', '//evil.example/orders'],
  ['/\t\n/user:secret@evil.example/orders', '/\\u0009\\u000a/evil.example/orders'],
  ['/orders/a@b', '/orders/a@b'],
])('%j is shown as %j', async (htu, expected) => {
  expect(await shown(htu)).toBe(expected)
})

test('at most 256 characters are shown, with those that are escaped', async () => {
  expect(await shown('a'.repeat(300))).toBe('a'.repeat(256))
  expect(await shown('\u00e9'.repeat(300))).toBe('\\u00e9'.repeat(43).slice(0, 256))
  expect(await shown('\u2028\n~')).toBe('\\u2028\\u000a~')
})

test('the path of a request target is shown as it was received, without its query', async () => {
  const { guard, request } = createScene()
  const verdict = await guard.check({ ...request(), target: '//user:part@of.the.path/%zz?secret' })
  expect(verdict).toMatchObject({
    reason: 'target_not_uri',
    mismatch: { name: 'request target', received: ['//user:part@of.the.path/%zz'] },
  })
})
