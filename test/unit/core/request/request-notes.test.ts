import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createRequestNotes } from '../../../../packages/core/src/request/request-notes.js'

describe('notes of request objects', () => {
  test('are found by the object only, not by a proxy, a copy or an heir of it', () => {
    const notes = createRequestNotes<string>()
    const request = { url: '/orders' }
    notes.set(request, 'checked')
    expect(notes.get(request)).toBe('checked')
    for (const other of [new Proxy(request, {}), { ...request }, Object.create(request), {}]) {
      expect(notes.get(other)).toBeUndefined()
    }
  })

  test('are replaced by later ones', () => {
    const notes = createRequestNotes<string>()
    const request = {}
    notes.set(request, 'first')
    notes.set(request, 'second')
    expect(notes.get(request)).toBe('second')
  })

  test('of two kinds do not meet on one object', () => {
    const [one, two] = [createRequestNotes<string>(), createRequestNotes<string>()]
    const request = {}
    one.set(request, 'of the first kind')
    expect(two.get(request)).toBeUndefined()
    two.set(request, 'of the second kind')
    expect(one.get(request)).toBe('of the first kind')
  })

  test('leave no trace that code can list or log', () => {
    const request = { url: '/orders' }
    createRequestNotes<string>().set(request, 'secret')
    expect(Reflect.ownKeys(request)).toEqual(['url'])
    expect(inspect(request, { showHidden: true, showProxy: true })).not.toContain('secret')
  })

  test('are accepted by frozen objects', () => {
    const notes = createRequestNotes<string>()
    const request = Object.freeze({})
    notes.set(request, 'checked')
    expect(notes.get(request)).toBe('checked')
  })
})
