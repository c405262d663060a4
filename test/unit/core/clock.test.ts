import { type GuardRequest, verifyProof } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../../support/guard-scene.js'

const good: GuardRequest = { method: 'GET', target: '/', headers: ['Host', 'api.example.com'] }

describe('a clock', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'that returns %o is a 503, with and without credentials',
    async (time) => {
      const { guard, request } = createScene({ clock: () => time })
      expect(await outcome(guard, request())).toBe('503 internal_error')
      expect(await outcome(guard, good)).toBe('503 internal_error')
    },
  )

  test.each([undefined, null, 'noon', String(now), {}, 10n, Symbol('now'), Promise.resolve(now)])(
    'that returns %o is rejected at once',
    (time) => {
      expect(() => createScene({ clock: () => mistyped<number>(time) })).toThrow(
        '"clock" must be a function that returns a number of seconds',
      )
    },
  )

  test('that throws is a 503', async () => {
    const clock = () => {
      throw new Error('no time')
    }
    const { guard, request } = createScene({ clock })
    expect(await outcome(guard, request())).toBe('503 internal_error')
  })

  test('that breaks between two requests is a 503 from then on', async () => {
    const { guard, request, clock } = createScene()
    expect(await outcome(guard, request())).toBe('accepted')
    const later = request()
    clock.now = Number.NaN
    expect(await outcome(guard, later)).toBe('503 internal_error')
  })

  test('that returns milliseconds is rejected at once', () => {
    expect(() => createScene({ clock: () => now * 1000 })).toThrow('"clock" must be a function that returns seconds')
  })

  test('that does not return a time is a TypeError of verifyProof', async () => {
    const request = { method: 'GET', url: resource, headers: ['DPoP', 'a.b.c'] }
    await expect(verifyProof(request, { replayStore: 'off', clock: () => Number.NaN })).rejects.toThrow(TypeError)
  })
})
