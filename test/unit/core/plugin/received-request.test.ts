import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { type HeaderSource, receivedHeaders, receivedRequest } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'

describe('the header fields of a request', () => {
  test.each<[what: string, request: HeaderSource, listed: readonly string[]]>([
    ['nothing', {}, []],
    ['null', { headers: null }, []],
    [
      'an object',
      { headers: { host: 'a', dpop: ['1', '2'], origin: undefined } },
      ['host', 'a', 'dpop', '1', 'dpop', '2'],
    ],
    ['an object without a prototype', { headers: Object.assign(Object.create(null), { host: 'a' }) }, ['host', 'a']],
    ['rawHeaders', { rawHeaders: ['Host', 'a', 'HOST', 'b'], headers: { host: 'a' } }, ['Host', 'a', 'HOST', 'b']],
    ['empty rawHeaders', { rawHeaders: [], headers: { host: 'a' } }, ['host', 'a']],
    [
      'rawHeaders without the credentials',
      { rawHeaders: ['Host', 'a'], headers: { Authorization: 'DPoP t', dpop: 'p', 'x-more': '1' } },
      ['Host', 'a', 'Authorization', 'DPoP t', 'dpop', 'p'],
    ],
    [
      'rawHeaders with one of them',
      { rawHeaders: ['aUTHORIZATION', 'DPoP t'], headers: { authorization: 'other', dpop: 'p' } },
      ['aUTHORIZATION', 'DPoP t', 'dpop', 'p'],
    ],
    [
      'rawHeaders with the other one',
      { rawHeaders: ['DPoP', 'p'], headers: { authorization: 'DPoP t', dpop: 'other' } },
      ['DPoP', 'p', 'authorization', 'DPoP t'],
    ],
    [
      'rawHeaders with a value that is the name of one',
      { rawHeaders: ['X-Name', 'dpop'], headers: { dpop: 'p' } },
      ['X-Name', 'dpop', 'dpop', 'p'],
    ],
    [
      'numbers and lists in rawHeaders',
      { rawHeaders: ['Content-Length', 3, 'DPoP', ['p', 'q'], 'X-Object', {}, 'Host', 'a'] },
      ['Content-Length', '3', 'DPoP', 'p', 'DPoP', 'q', 'Host', 'a'],
    ],
    ['a list with other values', { headers: { 'x-list': ['1', 2, true] } }, ['x-list', '1', 'x-list', '2']],
  ])('are read from %s', (_, request, listed) => {
    expect(receivedHeaders(request)).toEqual(listed)
  })

  test.each([[['Host', 'a', 'Authorization', 'DPoP t', 'DPoP', 'p']], [['Host', 'a']]])(
    'are not copied if rawHeaders has all of them: %j',
    (rawHeaders) => {
      expect(receivedHeaders({ rawHeaders, headers: { host: 'a' } })).toBe(rawHeaders)
    },
  )

  test.each([[new Map([['host', 'a']])], [['host', 'a']], ['host: a'], [new Headers({ host: 'a' })]])(
    'are not the members of %o',
    (headers) => {
      expect(() => receivedHeaders({ headers })).toThrow(
        new TypeError(
          'dpop-guard: the headers of this request cannot be read: "headers" is not a plain object of names and values',
        ),
      )
    },
  )

  test.each(['Authorization', 'dpop', 'HOST', ':authority', 'origin', 'Content-Type'])(
    'that the guard reads are strings: %s',
    (name) => {
      for (const value of [7, null, ['a', 7], {}]) {
        expect(() => receivedHeaders({ headers: { [name]: value } })).toThrow(
          new TypeError(
            `dpop-guard: the headers of this request cannot be read: the value of "${name.toLowerCase()}" is not a string or a list of strings`,
          ),
        )
      }
      expect(receivedHeaders({ headers: { [`x-${name}`]: 7, [`${name}-x`]: 8 } })).toEqual([
        `x-${name}`,
        '7',
        `${name}-x`,
        '8',
      ])
    },
  )
})

test('a request of Node becomes one of the guard', () => {
  const incoming = new IncomingMessage(new Socket())
  incoming.method = 'POST'
  incoming.rawHeaders.push('Host', 'a')
  expect(receivedRequest(incoming, '/orders', { a: 1 })).toEqual({
    method: 'POST',
    target: '/orders',
    headers: ['Host', 'a'],
    body: { a: 1 },
    incoming,
  })
})
