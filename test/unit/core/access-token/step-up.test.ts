import { describe, expect, test } from 'vitest'
import { readStepUpOption } from '../../../../packages/core/src/access-token/step-up.js'
import { createScene, mistyped } from '../../../support/guard-scene.js'

describe('checkStepUp', () => {
  test.each<[required: unknown, said: string]>([
    [undefined, '"stepUp" must be an object, got undefined'],
    [{}, '"stepUp" must be an object with "acrValues" or "maxAgeSeconds", got {}'],
    [{ maxAge: 5 }, 'unknown option "stepUp.maxAge", did you mean "stepUp.maxAgeSeconds"?'],
    [{ acrValues: 5 }, '"stepUp.acrValues" must be a list of acr values'],
    [{ acrValues: ['a b'] }, '"stepUp.acrValues" must be a list of acr values'],
    [{ maxAgeSeconds: -1 }, '"stepUp.maxAgeSeconds" must be a whole number from 0'],
  ])('throws for %o and says what is wrong', (required, said) => {
    const check = () => createScene().guard.checkStepUp(undefined, mistyped(required))
    expect(check).toThrow(TypeError)
    expect(check).toThrow(said)
  })
})

test('a requirement is validated once', () => {
  const stepUp = readStepUpOption({ acrValues: ['gold'], maxAgeSeconds: 300 })
  expect(stepUp).toEqual({ acrValues: ['gold'], maxAgeSeconds: 300 })
  expect(Object.isFrozen(stepUp) && Object.isFrozen(stepUp.acrValues)).toBe(true)
  expect(readStepUpOption(stepUp)).toBe(stepUp)
  expect(() => readStepUpOption({ ...stepUp, maxAgeSeconds: -1 })).toThrow(TypeError)
})
