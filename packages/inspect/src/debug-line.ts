/** A line that a guard wrote with NODE_DEBUG=dpop-guard, explained. */
import { failures, type Reason } from '@dpop-guard/core'
import { isJsonObject } from '@dpop-guard/core/internal'
import type { Display } from './display.js'
import { showText } from './display.js'
import { describeReason, stepDescriptionOf } from './guard-answer.js'
import type { Paint } from './terminal.js'

export interface DebugLine {
  readonly kind: 'accepted' | 'rejected' | 'unavailable'
  readonly event: Readonly<Record<string, unknown>>
}

const line = /^DPOP-GUARD \d+: (accepted|rejected|unavailable) (\{.*\})\s*$/im

/** The last such line; undefined if there is none. */
export function parseDebugLine(text: string): DebugLine | undefined {
  const found = text
    .split('\n')
    .reverse()
    .map((one) => line.exec(one.slice(one.toUpperCase().indexOf('DPOP-GUARD '))))
    .find((match) => match !== null)
  const [, kind = '', json = ''] = found ?? []
  try {
    const event: unknown = JSON.parse(json)
    return isJsonObject(event) ? { kind: kind.toLowerCase() as DebugLine['kind'], event } : undefined
  } catch {
    return undefined
  }
}

const isReason = (value: unknown): value is Reason => typeof value === 'string' && Object.hasOwn(failures, value)

const whatToDo: Partial<Record<Reason, string>> = {
  proof_htu: "set the guard's publicUrl (or resource) to the URL that clients call",
  proof_expired: 'set the clock of the client or of the server, and make a new proof for each request',
  proof_from_future: 'set the clock of the client or of the server',
  proof_replayed: 'the client must make a new proof for each request, retries included',
  token_audience: 'the token is for another API: a guard expects its option resource, or audience',
  token_issuer: 'issuers are compared exactly, a slash at the end included',
  token_typ: "for an issuer that uses another typ: tokenTyp: 'any'",
  token_key_mismatch: 'the client must keep the key that requested the token',
  keys_unavailable: 'the guard cannot reach the key set of the issuer',
}

/** What happened to the request, what the client received, and what to do. */
export function writeDebugLine({ kind, event }: DebugLine, paint: Paint, display: Display): string {
  const { method, path, scheme, issuer, clientId, jkt, iatOffsetSeconds, reason, mismatch } = event
  const colour = kind === 'accepted' ? 'green' : 'red'
  const lines = [`${paint(colour, kind)}  ${showText(method ?? '')} ${showText(path ?? '')}`]
  const add = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) lines.push(`  ${name.padEnd(9)} ${showText(value)}`)
  }
  if (isReason(reason)) {
    add('reason', reason)
    add('answer', describeReason(reason))
    add('step', stepDescriptionOf(reason))
  }
  if (isJsonObject(mismatch)) {
    add('compared', mismatch.name)
    add('expected', listed(mismatch.expected))
    add('received', listed(mismatch.received))
  }
  add('scheme', scheme)
  add('issuer', issuer)
  add('client', clientId)
  add('key', jkt)
  if (typeof iatOffsetSeconds === 'number') {
    const seconds = Math.abs(iatOffsetSeconds)
    add('clock', iatOffsetSeconds >= 0 ? `the proof is ${seconds} s old` : `the proof is ${seconds} s ahead`)
  }
  add('error', event.error)
  if (isReason(reason)) add('hint', whatToDo[reason])
  return lines.map((one) => `${display.line(one)}\n`).join('')
}

const listed = (value: unknown) => (Array.isArray(value) ? value.map(showText).join(' or ') : value)
