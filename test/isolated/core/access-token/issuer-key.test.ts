import { KeyObject } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'

const { from } = KeyObject
afterEach(() => {
  Reflect.set(KeyObject, 'from', from)
})

test("a runtime without KeyObject.from verifies tokens with the issuer's keys too", async () => {
  Reflect.set(KeyObject, 'from', undefined)
  const { guard, request, mint } = createScene()
  expect(await outcome(guard, request())).toBe('accepted')
  const [header, claims] = mint().split('.')
  const [, , signature] = mint({ sub: 'mallory' }).split('.')
  expect(await outcome(guard, request({ accessToken: `${header}.${claims}.${signature}` }))).toBe('401 token_signature')
})
