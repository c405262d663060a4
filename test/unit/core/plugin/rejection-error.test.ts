import type { HeaderTarget } from '@dpop-guard/core'
import { type Answer, admit, createRejectionError, isRejectionError, readPluginOptions } from '@dpop-guard/core/plugin'
import { expect, test } from 'vitest'
import { createScene, type RequestParts } from '../../../support/guard-scene.js'

type SceneOptions = Parameters<typeof createScene>[0]

async function rejected(parts: RequestParts, options: SceneOptions = {}, onRejected: 'respond' | 'error' = 'error') {
  const scene = createScene(options)
  const request = scene.request(parts)
  const answer = await admit(readPluginOptions({ guard: scene.guard, onRejected }), request, request)
  if (answer.admitted) throw new Error('the request was admitted')
  return answer
}

/** A response that has these headers. */
const having = (headers: Record<string, string> = {}): HeaderTarget => ({
  getHeader: (name) => headers[name],
  setHeader: () => undefined,
})

const errorOf = (answer: Answer, response = having()) => {
  const error = createRejectionError(answer, response)
  if (error === undefined) throw new Error('there is no error')
  return error
}

test('the error has the status, the rejection and a message for clients', async () => {
  const answer = await rejected({ token: { exp: 1 } })
  const error = errorOf(answer)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'RejectionError',
    message: 'Access token expired',
    status: 401,
    statusCode: 401,
    expose: true,
  })
  expect(error.rejection).toBe(answer.rejection)
  expect(error.headers).toEqual(answer.headers)
})

test('the message for a rejection without a description is that of its status', async () => {
  expect(errorOf(await rejected({ scheme: 'Basic' }))).toMatchObject({ message: 'Unauthorized', status: 401 })
})

test('the message for a 503 says nothing about the cause', async () => {
  const answer = await rejected({}, { replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
  expect(errorOf(answer)).toMatchObject({ message: 'Service Unavailable', status: 503, statusCode: 503 })
})

test('the headers of the error are those that the response has', async () => {
  const origin = ['Origin', 'https://app.example.com']
  const answer = await rejected({ headers: origin, token: { exp: 1 } })
  const response = having({ 'access-control-expose-headers': 'ETag, WWW-Authenticate', 'x-other': '1' })
  expect(errorOf(answer, response).headers).toEqual({
    'www-authenticate': answer.headers['www-authenticate'],
    'access-control-expose-headers': 'ETag, WWW-Authenticate',
  })
})

test('an answer that is sent directly has no error', async () => {
  expect(createRejectionError(await rejected({ token: { exp: 1 } }, {}, 'respond'), having())).toBeUndefined()
})

test('only the error of a rejection is one', async () => {
  const error = errorOf(await rejected({ token: { exp: 1 } }))
  expect(isRejectionError(error)).toBe(true)
  expect(isRejectionError(new Error('another'))).toBe(false)
  expect(isRejectionError({ ...error })).toBe(false)
  expect(isRejectionError(undefined)).toBe(false)
  const brand = Symbol.for('@dpop-guard/core: a rejection error')
  expect(isRejectionError(Object.assign(new Error('of another copy'), { [brand]: true }))).toBe(true)
  expect(isRejectionError(Object.assign(new Error('forged'), { [brand]: 'yes' }))).toBe(false)
  expect(isRejectionError({ [brand]: true })).toBe(false)
  expect(Object.getOwnPropertyDescriptor(error, brand)).toMatchObject({ enumerable: false, writable: false })
})
