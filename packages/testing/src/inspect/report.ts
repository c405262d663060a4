import type { ProofResult } from '@dpop-guard/core'
import type { Check } from './check.js'
import type { DecodedJwt } from './decoded-jwt.js'
import { describeReason } from './inspect-proof.js'
import { type Paint, printable } from './terminal.js'

const marks = {
  pass: ['green', 'pass'],
  fail: ['red', 'FAIL'],
  'not checked': ['yellow', ' -  '],
} as const

/** Every check on a line; under one that failed, expected and received side by side. */
export function writeChecks(checks: readonly Check[], paint: Paint): string {
  return checks.map((check) => writeCheck(check, paint)).join('')
}

function writeCheck({ step, title, outcome, why, expected, received, hint }: Check, paint: Paint): string {
  const [style, mark] = marks[outcome]
  const head = `${step.padStart(5)}  ${paint(style, mark)}  ${title}${why === undefined ? '' : paint('dim', `: ${printable(why)}`)}\n`
  const details = Object.entries({ expected, received, hint })
  const lines = details.map(([name, text]) =>
    text === undefined ? '' : `${' '.repeat(13)}${name.padEnd(9)} ${printable(text)}\n`,
  )
  return head + lines.join('')
}

export function writeVerdict(verdict: ProofResult, checks: readonly Check[], paint: Paint): string {
  const failed = checks.filter(({ outcome }) => outcome === 'fail')
  const open = checks.filter(({ outcome }) => outcome === 'not checked').length
  const rest = open === 0 ? '' : `, ${open} not checked`
  if (!verdict.verified) {
    const told = `A guard answers ${describeReason(verdict.reason)}; its reason is ${verdict.reason}.`
    return `\n${paint('red', `${failed.length} failed`)}${rest}. ${told}\n`
  }
  if (failed.length > 0) return `\n${paint('red', `${failed.length} failed`)}${rest}. The proof itself is good.\n`
  return `\n${paint('green', 'Nothing failed')}${rest}. Whether a server has seen the proof before, only it can tell.\n`
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Header and payload, without what must not be seen. */
export function writeDecoded({ header, payload }: DecodedJwt): string {
  const hide = (name: string, value: unknown) => (privateMembers.includes(name) ? '(hidden)' : value)
  return printable(`header   ${JSON.stringify(header, hide)}\npayload  ${JSON.stringify(payload)}\n`)
}
