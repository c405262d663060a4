import type { Reason } from '@dpop-guard/core'

/** The result of a numbered check of RFC 9449 section 4.3, or of a check of the access token. */
export interface Check {
  /** `1` to `12`, or `token`. */
  readonly step: string
  readonly title: string
  readonly outcome: 'pass' | 'fail' | 'not checked'
  readonly why?: string | undefined
  readonly expected?: string | undefined
  readonly received?: string | undefined
  /** The reason of a guard, if the check is not about the proof alone. */
  readonly reason?: Reason | undefined
  /** What to do about it. */
  readonly hint?: string | undefined
}

type Details = Omit<Check, 'step' | 'title' | 'outcome'>

export const pass = (step: string, title: string, why?: string): Check => ({ step, title, outcome: 'pass', why })

export const fail = (step: string, title: string, details: Details): Check => ({
  step,
  title,
  outcome: 'fail',
  ...details,
})

export const notChecked = (step: string, title: string, why: string): Check => ({
  step,
  title,
  outcome: 'not checked',
  why,
})
