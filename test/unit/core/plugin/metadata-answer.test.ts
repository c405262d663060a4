import { answerMetadata, readPluginOptions, requireMetadata } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

const { guard } = createScene({ resourceMetadata: {} })
const target = '/.well-known/oauth-protected-resource'
const preflight = ['Access-Control-Request-Method', 'GET']

describe('a request for the resource metadata', () => {
  test.each(['GET', 'HEAD'])('%s is answered with the document', (method) => {
    expect(answerMetadata({ guard }, { method, target, headers: [] })).toEqual({
      admitted: false,
      status: 200,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'access-control-allow-origin': '*',
        'cache-control': 'public, max-age=600',
      },
      lateHeaders: undefined,
      body: guard.resourceMetadata?.body,
      via: 'response',
      rejection: undefined,
    })
  })

  test.each([[preflight], [['Origin', 'https://app.example.com', 'access-control-request-method', 'GET']]])(
    'with the preflight headers %j is answered without a body',
    (headers) => {
      expect(answerMetadata({ guard }, { method: 'OPTIONS', target, headers })).toEqual({
        admitted: false,
        status: 204,
        headers: {
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, HEAD',
          'access-control-allow-headers': '*, Authorization',
          'access-control-max-age': '600',
        },
        lateHeaders: undefined,
        body: '',
        via: 'response',
        rejection: undefined,
      })
    },
  )

  test.each<[method: string, target: string | undefined, headers: string[]]>([
    ['POST', target, []],
    ['OPTIONS', target, []],
    ['OPTIONS', target, ['X-Asked', 'Access-Control-Request-Method']],
    ['POST', target, preflight],
    ['GET', `${target}/more`, []],
    ['GET', undefined, []],
  ])('is not %s %s with %j', (method, target, headers) => {
    expect(answerMetadata({ guard }, { method, target, headers })).toBeUndefined()
  })
})

test('a guard without a document answers no request for it', () => {
  expect(answerMetadata({ guard: createScene().guard }, { method: 'GET', target, headers: [] })).toBeUndefined()
})

test('serving the document of a guard without one is a TypeError', () => {
  expect(() => requireMetadata(readPluginOptions({ guard }))).not.toThrow()
  expect(() => requireMetadata(readPluginOptions({ guard: createScene().guard }))).toThrow(
    new TypeError('dpop-guard: option "resourceMetadata" is required: the guard has no document to serve without it'),
  )
})
