import { memoryReplayStore } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { mistyped } from '../../../support/guard-scene.js'
import { messageOf } from '../../../support/option-errors.js'

describe('memoryReplayStore', () => {
  test.each([
    ['maxEntries', { maxEntries: 0 }, '0'],
    ['maxEntries', { maxEntries: 2 ** 24 + 1 }, '16777217'],
    ['maxEntries', { maxEntries: 1.5 }, '1.5'],
    ['maxEntries', { maxEntries: '10' }, '"10"'],
    ['maxEntries', { maxEntries: null }, 'null'],
    ['clock', { clock: 1 }, '1'],
  ])('rejects %s in %o and shows the value', (name, options, shown) => {
    const message = messageOf(() => memoryReplayStore(mistyped(options)))
    expect(message).toContain(`"${name}" must be `)
    expect(message.endsWith(`, got ${shown}`)).toBe(true)
  })

  test('suggests the right name for an unknown option', () => {
    expect(messageOf(() => memoryReplayStore(mistyped({ maxEntrys: 1 })))).toContain('did you mean "maxEntries"?')
  })

  test('accepts no options, and undefined ones', () => {
    expect(memoryReplayStore().addIfAbsent('a', 1)).toBe(true)
    expect(memoryReplayStore({ maxEntries: undefined, clock: undefined }).addIfAbsent('a', 1)).toBe(true)
  })
})
