import type { Auth, Verdict } from '@dpop-guard/core'

/** What one guard may say besides what is in the failure table. */
export interface AnswerPolicy {
  readonly mode: 'dpop-only' | 'bearer-and-dpop'
  readonly resource: string
  /** The nonces it may hand out; undefined where nonces are off. */
  readonly nonces?: readonly string[] | undefined
}

export function findDeviation(verdict: Verdict<Auth | undefined>, policy: AnswerPolicy): string | undefined
