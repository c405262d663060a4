/** One request of an audit, and its answer: as they were, and as a report may show them. */
import { exchangeOverWire, type WireAnswer, type WireLimits, type WireRequest } from '@dpop-guard/testing/internal'
import { explainBreak } from '../exchange.js'
import type { Redaction } from './redaction.js'

export interface Exchange {
  readonly request: WireRequest
  /** Undefined if there was no complete one. */
  readonly answer: WireAnswer | undefined
  readonly problem: string | undefined
  readonly milliseconds: number
}

export async function exchange(request: WireRequest, limits: WireLimits): Promise<Exchange> {
  const start = performance.now()
  const took = () => Math.round(performance.now() - start)
  try {
    const answer = await exchangeOverWire(request, limits)
    return { request, answer, problem: undefined, milliseconds: took() }
  } catch (error) {
    const shown = explainBreak(request.url, new TypeError('no answer', { cause: error }))
    const problem = shown instanceof Error ? shown.message : 'no answer'
    return { request, answer: undefined, problem, milliseconds: took() }
  }
}

/** All values of a field of an answer, in their order. */
export function valuesOf({ fields }: Pick<WireAnswer, 'fields'>, name: string): string[] {
  return fields.filter((_, index) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === name.toLowerCase())
}

export const isAccepted = ({ status }: WireAnswer) => status >= 200 && status < 300

/** Whether the server asks to repeat the request with a nonce (RFC 9449 section 9). */
export function nonceOf(answer: WireAnswer | undefined): string | undefined {
  return answer === undefined ? undefined : valuesOf(answer, 'DPoP-Nonce').at(-1)
}

type Field = readonly [name: string, value: string]

/** What a report shows. Every string may be untrusted, and none has a secret. */
export interface RecordedExchange {
  readonly request: {
    readonly method: string
    readonly target: string
    readonly fields: readonly Field[]
    readonly body: string
  }
  readonly answer?: {
    readonly status: number
    readonly statusText: string
    readonly fields: readonly Field[]
    readonly body: string
    readonly bodyBytes: number
  }
  readonly problem?: string
  readonly milliseconds: number
  /** A shell command that sends the same bytes. `$TOKEN`, `$QUERY` and `$BODY` stand for what is hidden. */
  readonly curl: string
}

const maxNameLength = 200
const maxValueLength = 2000
const maxBodyLength = 1000

/** Removes secrets, and cuts what is long. */
export function recordExchange(
  { request, answer, problem, milliseconds }: Exchange,
  redaction: Redaction,
  curl: string,
): RecordedExchange {
  const { method, target, fields } = request
  // Cut first: pieces of a secret are found at its new end too, and in less text.
  const shown = (text: string, length: number) => redaction.answerPieces(cut(text, length))
  return {
    request: {
      method,
      target: cut(redaction.text(target), maxValueLength),
      fields: pairsOf(fields).map(([name, value]) => [
        cut(name, maxNameLength),
        cut(redaction.request(name, value), maxValueLength),
      ]),
      body: cut(redaction.requestBody(request.body), maxBodyLength),
    },
    ...(answer && {
      answer: {
        status: answer.status,
        statusText: shown(redaction.answerText(answer.statusText), 100),
        fields: pairsOf(answer.fields).map(([name, value]) => [
          shown(redaction.answerText(name), maxNameLength),
          shown(redaction.answer(name, value), maxValueLength),
        ]),
        body: isAccepted(answer)
          ? redaction.acceptedBody(answer.body)
          : shown(redaction.answerText(answer.body.toString('utf8')), maxBodyLength),
        bodyBytes: answer.body.length,
      },
    }),
    ...(problem !== undefined && { problem }),
    milliseconds,
    curl,
  }
}

const pairsOf = (fields: readonly string[]): Field[] =>
  fields.flatMap((name, index): Field[] => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : []))

export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}... (${text.length} characters)` : text
}
