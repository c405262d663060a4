import type { Reason } from '@dpop-guard/core'

/** One of the numbered checks of RFC 9449 section 4.3, or of an access token. */
export interface Check {
  /** `1` to `12`, or `token`. */
  readonly step: string
  readonly title: string
  readonly outcome: 'pass' | 'fail' | 'not checked'
  readonly why?: string | undefined
  readonly expected?: string | undefined
  readonly received?: string | undefined
  /** A guard's, where the check is not of the proof alone. */
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

/** Any value for a person's eyes. */
export function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

/** What should be a text, as it is; anything else as JSON, for an object may not become a text. */
export function showText(value: unknown): string {
  return typeof value === 'string' ? value : show(value)
}
