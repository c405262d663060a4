import { expect, test } from 'vitest'
import { findFreePort } from './free-port.js'

test('a port is handed out once, also to callers that ask at the same time', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, findFreePort))
  expect(new Set(ports).size).toBe(50)
})
