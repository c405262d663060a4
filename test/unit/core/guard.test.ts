import type { GuardRequest } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../../support/guard-scene.js'

const good: GuardRequest = { method: 'GET', target: '/', headers: ['Host', 'api.example.com'] }

describe('check', () => {
  test.each<[what: string, request: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'GET / HTTP/1.1'],
    ['an empty object', {}],
    ['no method', { ...good, method: undefined }],
    ['a method that is not a string', { ...good, method: 1 }],
    ['no target', { ...good, target: undefined }],
    ['a URL as target', { ...good, target: new URL(resource) }],
    ['no headers', { ...good, headers: undefined }],
    ['req.headers', { ...good, headers: { host: 'api.example.com' } }],
    ['a Headers object', { ...good, headers: new Headers() }],
    ['pairs', { ...good, headers: [['Host', 'api.example.com']] }],
    [
      'two pairs',
      {
        ...good,
        headers: [
          ['Host', 'api.example.com'],
          ['DPoP', 'x'],
        ],
      },
    ],
    ['a name without a value', { ...good, headers: ['Host'] }],
    ['a value that is not a string', { ...good, headers: ['Content-Length', 5] }],
    ['a value that is undefined', { ...good, headers: ['DPoP', undefined] }],
    ['a joined list', { ...good, headers: 'Host: api.example.com' }],
  ])('rejects with a TypeError for %s', async (_, request) => {
    const { guard } = createScene({ credentials: 'optional' })
    await expect(guard.check(mistyped(request))).rejects.toThrow(TypeError)
  })

  test.each<[what: string, request: unknown, said: string]>([
    ['the method', { ...good, method: undefined }, 'a request needs its method and target as strings'],
    ['the headers', { ...good, headers: {} }, 'a request needs its headers as a flat list of names and values'],
    ['a name without a value', { ...good, headers: ['Host'] }, 'a request needs its headers as a flat list'],
  ])('says what is wrong with %s', async (_, request, said) => {
    await expect(createScene().guard.check(mistyped(request))).rejects.toThrow(said)
  })

  test('says so too if there is no request at all', async () => {
    await expect(createScene().guard.check(mistyped(undefined))).rejects.toThrow('a request needs')
  })

  test('accepts a request without headers, and empty headers', async () => {
    const { guard } = createScene()
    expect(await outcome(guard, { ...good, headers: [] })).toBe('401 credentials_missing')
    expect(await outcome(guard, { ...good, headers: ['', '', 'X', ''] })).toBe('401 credentials_missing')
  })

  test.each([undefined, null, 'access_token=x', 1, [], Buffer.from('access_token=x')])(
    'ignores a body that is not a parsed form: %o',
    async (body) => {
      const { guard, request } = createScene()
      const form = ['Content-Type', 'application/x-www-form-urlencoded']
      expect(await outcome(guard, { ...request({ headers: form }), body })).toBe('accepted')
    },
  )

  test('works without its guard', async () => {
    const { guard, request } = createScene()
    const { check } = guard
    expect(await check(request())).toMatchObject({ accepted: true })
  })
})

describe('checkScopes', () => {
  test.each<[unknown]>([['orders:read'], [null], [[1]], [['a b']], [['']], [[undefined]]])(
    'throws a TypeError for %o',
    (scopes) => {
      expect(() => createScene().guard.checkScopes(undefined, mistyped(scopes))).toThrow('"scopes" must be')
    },
  )
})

test('a frozen request and frozen options are enough', async () => {
  const { guard, request } = createScene(Object.freeze({ proof: Object.freeze({}), requiredScopes: Object.freeze([]) }))
  const { headers, ...rest } = request()
  expect(await outcome(guard, Object.freeze({ ...rest, headers: Object.freeze([...headers]) }))).toBe('accepted')
})

test('changes of the options after createGuard have no effect', async () => {
  const requiredScopes = ['orders:read']
  const proof = { maxAgeSeconds: 60 }
  const { guard, request } = createScene({ requiredScopes, proof })
  requiredScopes.push('admin')
  proof.maxAgeSeconds = 1
  expect(await outcome(guard, request({ proof: { now: now - 30 } }))).toBe('accepted')
})

test('changes of a request during its check have no effect', async () => {
  const { guard, request } = createScene()
  const changing = { ...request({ method: 'DELETE', proof: { method: 'GET' } }) }
  const checked = outcome(guard, changing)
  changing.method = 'GET'
  expect(await checked).toBe('401 proof_htm')
})
