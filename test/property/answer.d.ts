import type { Auth, Verdict } from '@dpop-guard/core'

/** The parts of an answer that depend on the guard, not on the failure table. */
export interface AnswerPolicy {
  readonly mode: 'dpop-only' | 'bearer-and-dpop'
  readonly resource: string
  /** The nonces that it may send; undefined where nonces are off. */
  readonly nonces?: readonly string[] | undefined
}

export function findDeviation(verdict: Verdict<Auth | undefined>, policy: AnswerPolicy): string | undefined
