import type { ProofResult, Reason } from '@dpop-guard/core'
import { privateMembers } from '@dpop-guard/core'
import type { Check } from './check.js'
import type { Display } from './display.js'
import { describeReason, reasonGiven, stepOf } from './guard-answer.js'
import type { DecodedJwt } from './jwt.js'
import type { Paint } from './terminal.js'

const marks = {
  pass: ['green', 'pass'],
  fail: ['red', 'FAIL'],
  'not checked': ['yellow', ' -  '],
} as const

/** How a report is written. */
export interface Style {
  readonly paint: Paint
  readonly display: Display
}

/** One line for each check; below a failed one, what was expected and received. */
export function writeChecks(checks: readonly Check[], style: Style): string {
  return checks.map((check) => writeCheck(check, style)).join('')
}

function writeCheck({ step, title, outcome, why, expected, received, hint }: Check, { paint, display }: Style): string {
  const [colour, mark] = marks[outcome]
  const reason = why === undefined ? '' : paint('dim', `: ${display.line(why)}`)
  const head = `${step.padStart(5)}  ${paint(colour, mark)}  ${title}${reason}\n`
  const details = Object.entries({ expected, received, hint })
  const lines = details.map(([name, text]) =>
    text === undefined ? '' : `${' '.repeat(13)}${name.padEnd(9)} ${display.line(text)}\n`,
  )
  return head + lines.join('')
}

export function writeVerdict(verdict: ProofResult, checks: readonly Check[], { paint }: Style): string {
  const failed = checks.filter(({ outcome }) => outcome === 'fail')
  const open = checks.filter(({ outcome }) => outcome === 'not checked').length
  const rest = open === 0 ? '' : `, ${open} not checked`
  const summary = [verdict.verified && 'The proof itself is good.', explainReason(reasonGiven(verdict, checks))]
  if (failed.length > 0)
    return `\n${paint('red', `${failed.length} failed`)}${rest}. ${summary.filter(Boolean).join(' ')}\n`
  return `\n${paint('green', 'Nothing failed')}${rest}. Only the server knows whether it has seen the proof before.\n`
}

function explainReason(reason: Reason | undefined): string {
  if (reason === undefined) return ''
  const step = stepOf(reason)
  const check = step === undefined ? '' : `, check ${step}`
  return `A guard answers ${describeReason(reason)}; its reason is ${reason}${check}.`
}

/** Header and payload, without private members. */
export function writeDecoded({ header, payload }: DecodedJwt, display: Display): string {
  const hide = (name: string, value: unknown) => (privateMembers.includes(name) ? '(hidden)' : value)
  return display.text(`header   ${JSON.stringify(header, hide)}\npayload  ${JSON.stringify(payload)}\n`)
}
