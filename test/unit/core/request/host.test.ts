import { describe, expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'

/** Checks good requests with these fields for their host. */
function createHostScene() {
  const { guard, request } = createScene()
  const present = (fields: readonly string[]) => {
    const { headers, ...rest } = request()
    const [, , ...credentials] = headers
    return { ...rest, headers: [...fields, ...credentials] }
  }
  return {
    verdictFor: (...fields: string[]) => outcome(guard, present(fields)),
    expectedBy: async (...fields: string[]) => {
      const verdict = await guard.check(present(fields))
      return verdict.accepted ? undefined : verdict.mismatch?.expected
    },
  }
}

test.each([
  ['k.example', '\u212a.example'],
  ['\u212a.example', 'k.example'],
])('a Host %s with an :authority %s is rejected, although in lower case they are the same', async (host, authority) => {
  const { verdictFor } = createHostScene()
  expect(await verdictFor('Host', host, ':authority', authority)).toBe('400 host_malformed')
  expect(await verdictFor('Host', 'k.example', ':authority', 'K.example')).toBe('accepted')
})

describe('a host', () => {
  test.each([
    'a',
    'a'.repeat(300),
    'api.example.com:443',
    'api.example.com:',
    '10.0.0.1',
    '[::1]',
    '[2001:DB8::A]:8443',
    '~_-.',
  ])('%s is accepted', async (host) => {
    const { verdictFor } = createHostScene()
    expect(await verdictFor('Host', host)).toBe('accepted')
    expect(await verdictFor(':authority', host)).toBe('accepted')
  })

  test.each([
    '',
    'a'.repeat(301),
    'user@api.example.com',
    'api.example.com/',
    'api.example.com:x',
    'api.example.com:443:443',
    'x[::1]',
    '[::1]x',
    '[1::2::3]',
    '[::g]',
    '[]',
    '::1',
  ])('%j is malformed', async (host) => {
    const { verdictFor, expectedBy } = createHostScene()
    expect(await verdictFor('Host', host)).toBe('400 host_malformed')
    expect(await verdictFor(':authority', host)).toBe('400 host_malformed')
    expect(await expectedBy('Host', host)).toEqual(['uri-host [ ":" port ]'])
  })

  test('is one, in whichever field it is sent', async () => {
    const { verdictFor, expectedBy } = createHostScene()
    expect(await verdictFor()).toBe('accepted')
    for (const name of ['Host', ':authority']) {
      expect(await verdictFor(name, 'a.example', name, 'a.example')).toBe('400 host_malformed')
      expect(await expectedBy(name, 'a.example', name, 'a.example')).toEqual(['one host'])
    }
  })

  test('is the same in both fields', async () => {
    const { verdictFor, expectedBy } = createHostScene()
    expect(await verdictFor('Host', 'a.example', ':authority', 'a.example')).toBe('accepted')
    expect(await verdictFor('Host', 'a.example', ':authority', 'b.example')).toBe('400 host_malformed')
    expect(await expectedBy('Host', 'a.example', ':authority', 'b.example')).toEqual(['a.example'])
  })
})
