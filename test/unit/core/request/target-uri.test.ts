// Equivalent targets, different targets, and malformed ones.
import type { GuardOptions, GuardRequest } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, outcome, resource } from '../../../support/guard-scene.js'

/** The verdict for a request for `target` with a proof for `url`. */
function ask(target: string, url: string, options: Partial<GuardOptions> = {}): Promise<string> {
  const { guard, request } = createScene(options)
  return outcome(guard, request({ target, proof: { url } }))
}

test.each([
  ['https://[::ffff:192.168.2.33]', 'https://[::ffff:c0a8:221]/orders'],
  ['https://[::ffff:c0a8:221]', 'https://[::ffff:192.168.2.33]/orders'],
  ['https://[::ffff:c0a8:221]', 'https://[0:0:0:0:0:FFFF:C0A8:0221]/orders'],
])('an IPv4 address in an IPv6 address may be written as groups: %s is %s', async (publicUrl, url) => {
  expect(await ask('/orders', url, { publicUrl })).toBe('accepted')
})

test.each([
  'https://[::ffff:c0a8:222]/orders',
  'https://[::ffff:192.168.2.3]/orders',
  'https://[::ffff:a802:221]/orders',
])('a different IPv4 address in an IPv6 address is different: %s', async (url) => {
  expect(await ask('/orders', url, { publicUrl: 'https://[::ffff:192.168.2.33]' })).toBe('401 proof_htu')
})

test.each(['/orders/.', '/orders/x/..', '/orders/./'])(
  'an htu that ends in a dot segment ends in a slash: %s',
  async (path) => {
    expect(await ask('/orders/', `https://api.example.com${path}`)).toBe('accepted')
    expect(await ask('/orders', `https://api.example.com${path}`)).toBe('401 proof_htu')
  },
)

test('a target with characters beyond ASCII matches no htu, not even an equal one', async () => {
  expect(await ask('/caf\xe9', 'https://api.example.com/caf\xe9')).toBe('401 target_not_uri')
})

test('a target with an invalid host is malformed, not one of another server', async () => {
  expect(await ask('https://[1::2::3]/orders', 'https://api.example.com/orders')).toBe('400 target_malformed')
  expect(await ask('https://[1::2:3]/orders', 'https://api.example.com/orders')).toBe('400 target_foreign')
})

test('a target that only contains a URL is malformed, and such an htu does not match', async () => {
  const url = 'https://api.example.com/orders'
  expect(await ask(`x${url}`, url)).toBe('400 target_malformed')
  expect(await ask('/orders', `x${url}`)).toBe('401 proof_htu')
  expect(await ask('/orders', ` ${url}`)).toBe('401 proof_htu')
})

test.each(['/%', '/%4', '/%4g', '/%g4'])(
  'a target with a percent sign without two hexadecimal digits matches no htu: %s',
  async (target) => {
    expect(await ask(target, `https://api.example.com${target}`)).toBe('401 target_not_uri')
  },
)

test.each([
  ['http://127.0.0.1', 'http://127.0.0.1:80/orders', 'accepted'],
  ['http://127.0.0.1:80', 'http://127.0.0.1/orders', 'accepted'],
  ['http://127.0.0.1', 'http://127.0.0.1:443/orders', '401 proof_htu'],
  ['https://127.0.0.1', 'https://127.0.0.1:443/orders', 'accepted'],
  ['https://127.0.0.1', 'https://127.0.0.1:80/orders', '401 proof_htu'],
])('at %s, %s is %s: a default port may be left out', async (publicUrl, url, expected) => {
  expect(await ask('/orders', url, { publicUrl })).toBe(expected)
})

test('a Host or an authority of a target that is longer than any name is malformed', async () => {
  const { guard, request } = createScene()
  const askHost = (host: string) => {
    const good = request()
    const at = good.headers.indexOf('Host') + 1
    return outcome(guard, { ...good, headers: good.headers.with(at, host) })
  }
  const longest = `${'a.'.repeat(127)}:65535`
  expect(await askHost(longest)).toBe('accepted')
  expect(await askHost(`${'a.'.repeat(150)}:65535`)).toBe('400 host_malformed')
  expect(await ask(`https://${longest}/orders`, 'https://api.example.com/orders')).toBe('400 target_foreign')
  expect(await ask(`https://${'a.'.repeat(150)}:65535/orders`, 'https://api.example.com/orders')).toBe(
    '400 target_malformed',
  )
})

describe('a publicUrl function', () => {
  type PublicUrlFunction = Extract<GuardOptions['publicUrl'], (request: GuardRequest) => unknown>
  const ask = (publicUrl: PublicUrlFunction) => {
    const { guard, request } = createScene({ publicUrl })
    return outcome(guard, request())
  }

  test.each<[what: string, publicUrl: PublicUrlFunction]>([
    [
      'throws',
      () => {
        throw new Error('no tenants')
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined
      },
    ],
    ['rejects', () => Promise.reject(new Error('no tenants'))],
    ['returns null', () => mistyped(null)],
    ['returns a number', () => mistyped(1)],
    ['returns an empty string', () => ''],
    ['returns a bare host', () => 'api.example.com'],
    ['returns http', () => 'http://api.example.com'],
    ['returns a URL object', () => mistyped(new URL(resource))],
    ['returns a list with one invalid URL', () => [resource, 'nonsense']],
    ['resolves to nonsense', async () => 'nonsense'],
  ])('that %s is a 503', async (_, publicUrl) => {
    expect(await ask(publicUrl)).toBe('503 public_url_unavailable')
  })

  test.each<[what: string, publicUrl: PublicUrlFunction]>([
    ['undefined', () => undefined],
    ['undefined later', async () => undefined],
    ['an empty list', () => []],
  ])('that returns %s is a 400: not served here', async (_, publicUrl) => {
    expect(await ask(publicUrl)).toBe('400 target_foreign')
  })

  test('gets the request and can choose by it', async () => {
    const seen: GuardRequest[] = []
    const { guard, request } = createScene({
      publicUrl: async (given) => {
        seen.push(given)
        return given.target === '/orders' ? resource : 'https://other.example'
      },
    })
    const first = request()
    expect(await outcome(guard, first)).toBe('accepted')
    expect(seen).toEqual([first])
    expect(await outcome(guard, request({ target: '/else' }))).toBe('401 proof_htu')
  })
})

test('an absolute-form target without a path is rejected, because routers read it in different ways', async () => {
  const { guard, request } = createScene()
  for (const target of [
    'https://api.example.com',
    'https://api.example.com?/admin',
    'https://api.example.com#/admin',
  ]) {
    const proof = { url: 'https://api.example.com/' }
    expect(await outcome(guard, { ...request({ proof }), target })).toBe('400 target_malformed')
  }
})
