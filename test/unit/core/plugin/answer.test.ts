import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

const challenge = 'DPoP error="invalid_token", error_description="Access token expired", algs="ES256"'

async function rejectWith(onRejected: 'respond' | 'error') {
  const scene = createScene({ proof: { algorithms: ['ES256'] } })
  const request = scene.request({ token: { exp: 1 } })
  const answer = await admit(readPluginOptions({ guard: scene.guard, onRejected }), request, request)
  if (answer.admitted) throw new Error('the request was admitted')
  return answer
}

test('a rejection is sent with its body', async () => {
  const answer = await rejectWith('respond')
  const { rejection } = answer
  expect(rejection).toMatchObject({ reason: 'token_expired' })
  expect(answer).toEqual({
    admitted: false,
    status: 401,
    headers: { 'www-authenticate': [challenge], 'content-type': 'application/json; charset=utf-8' },
    lateHeaders: {},
    body: rejection?.body,
    via: 'response',
    rejection,
  })
})

test('a rejection for the error handler has no body, and leaves the content type to the handler', async () => {
  const answer = await rejectWith('error')
  const { rejection } = answer
  expect(rejection).toMatchObject({ reason: 'token_expired' })
  expect(answer).toEqual({
    admitted: false,
    status: 401,
    headers: { 'www-authenticate': [challenge] },
    lateHeaders: {},
    body: '',
    via: 'error',
    rejection,
  })
})
