/** The threads that verify proofs, for tests that mock `verify` of node:crypto. */
import { verify } from 'node:crypto'
import type { SignatureAlgorithm } from '@dpop-guard/testing'
import { expect, vi } from 'vitest'
import { createScene, outcome } from './guard-scene.js'
import { createProofClient, type RsaOptions } from './proof-client.js'

/** A check by a guard that knows the client and its token, so that it waits only for proofs. */
export async function createWarmCheck(alg: SignatureAlgorithm, rsa: RsaOptions = {}): Promise<() => Promise<string>> {
  const { guard, mint, request } = createScene({ proof: { algorithms: [alg] } })
  const client = createProofClient(alg, rsa)
  const accessToken = mint({ cnf: { jkt: client.jkt } })
  const check = () => outcome(guard, request({ client, accessToken }))
  expect(await check()).toBe('accepted')
  return check
}

/** The threads that verified several proofs of one turn of the event loop. */
export async function placesOf(check: () => Promise<string>, count: number): Promise<string[]> {
  await new Promise(setImmediate)
  vi.mocked(verify).mockClear()
  const outcomes = await Promise.all(Array.from({ length: count }, check))
  expect(new Set(outcomes)).toEqual(new Set(['accepted']))
  return places()
}

/** The threads that verified proofs since the mock of `verify` was cleared. */
export function places(): string[] {
  return vi.mocked(verify).mock.calls.map((args) => (typeof args.at(-1) === 'function' ? 'thread' : 'event loop'))
}
