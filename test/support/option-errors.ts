/** The messages for invalid options. */
import { createGuard, type GuardOptions } from '@dpop-guard/core'
import { expect } from 'vitest'
import { resource } from './guard-scene.js'
import { createTestIssuer } from './test-issuer.js'

const { issuer, jwks } = createTestIssuer()

/** Options that make a guard. */
export const goodOptions = { issuer: { issuer, jwks }, resource }

/** The message of the TypeError that a guard with these options throws. Any other outcome fails the test. */
export function messageFor(options: object): string {
  return messageOf(() => createGuard({ ...goodOptions, ...options } as GuardOptions))
}

/** The message of the TypeError that this throws. Any other outcome fails the test. */
export function messageOf(build: () => unknown): string {
  try {
    build()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    if (error instanceof TypeError) return error.message
  }
  throw new Error('the options were accepted')
}
