import { expect, test, vi } from 'vitest'

test('the limit of each client holds for the memory store of another copy of this package', async () => {
  const one = await import('../../../../packages/core/src/replay/memory-store.js')
  vi.resetModules()
  const other = await import('../../../../packages/core/src/replay/memory-store.js')
  expect(other.addForClient).not.toBe(one.addForClient)

  const maxEntries = 200
  const store = one.memoryReplayStore({ maxEntries, clock: () => 1_800_000_000 })
  const fill = () => {
    for (let key = 0; key < maxEntries; key++) other.addForClient(store, `key ${key}`, 91, 'greedy')
  }
  expect(fill).toThrow('takes no more from the clients that hold most of it')
  expect(other.addForClient(store, 'a key of another client', 91, 'another')).toBe(true)
  expect(other.forgottenUntil(store)).toBe(0)
})
