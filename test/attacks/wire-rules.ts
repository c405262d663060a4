/** The rules for every answer of every guard (design, section 4). */
import { expect } from 'vitest'
import { assertRfc6750Params, parseChallenges } from '../support/challenge-parser.js'
import type { ExpectedAnswer } from './expectations.js'
import type { WireRequest } from './make.js'
import type { Expectation } from './row.js'
import { type Answer, handlerCacheControl } from './runtime.js'

/** Throws unless an answer is the expected one and follows every rule. Returns the description that was sent. */
export function checkAnswer(answer: Answer, expected: ExpectedAnswer, { method }: WireRequest): string | undefined {
  const { status, error, challenges, nonce } = expected
  expect(answer.status).toBe(status)
  const accepted = status === 200
  expect(answer.handlerCalls).toBe(accepted ? 1 : 0)
  if (accepted) {
    expect(namesOf(answer)).toEqual(['cache-control', 'content-type', ...(nonce === undefined ? [] : ['dpop-nonce'])])
    expect(valuesOf(answer, 'cache-control')).toEqual([nonce === undefined ? handlerCacheControl : 'no-store'])
    expect(valuesOf(answer, 'dpop-nonce')).toEqual(nonce === undefined ? [] : [nonce])
    return undefined
  }

  const lines = valuesOf(answer, 'www-authenticate')
  const description = error === undefined ? undefined : describedIn(lines)
  const body = error === undefined ? '' : JSON.stringify({ error, error_description: description })
  expect(answer.body).toBe(method === 'HEAD' ? '' : body)
  expect(valuesOf(answer, 'content-type')).toEqual(error === undefined ? [] : ['application/json; charset=utf-8'])

  expect(lines.map((line) => line.split(' ')[0])).toEqual(challenges.map(({ scheme }) => scheme))
  for (const challenge of challenges) {
    const { scheme, params } = challenge
    const line = lines.find((candidate) => candidate.startsWith(`${scheme} `)) ?? ''
    const [parsed, ...others] = parseChallenges(line)
    expect(others).toEqual([])
    const withError = challenge.error !== undefined && { error, error_description: description }
    expect(Object.fromEntries(parsed?.params ?? [])).toEqual({ ...withError, ...params })
    if (challenge.error !== undefined) expect([...(parsed?.params.keys() ?? [])][0]).toBe('error')
    if (parsed !== undefined) assertRfc6750Params(parsed)
  }
  expect(valuesOf(answer, 'dpop-nonce')).toEqual(nonce === undefined ? [] : [nonce])
  expect(valuesOf(answer, 'cache-control')).toEqual(nonce === undefined ? [] : ['no-store'])
  const known = ['cache-control', 'content-type', 'dpop-nonce', 'www-authenticate']
  expect(namesOf(answer).filter((name) => !known.includes(name))).toEqual([])
  return description
}

/** Checks that `Access-Control-Expose-Headers` is there only for scripts, and returns the answer without it. */
export function checkExposedHeaders(answer: Answer, request: WireRequest, expectation: Expectation): Answer {
  const crossOrigin = request.headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'origin')
  const reason = 'rejected' in expectation ? expectation.rejected : undefined
  const date = reason === 'proof_expired' || reason === 'proof_from_future' ? ', Date' : ''
  const line = `access-control-expose-headers: WWW-Authenticate, DPoP-Nonce${date}`
  const headers = answer.headers.filter((header) => header !== line)
  expect(answer.headers.length - headers.length).toBe(crossOrigin ? 1 : 0)
  return { ...answer, headers }
}

/** Throws when an answer holds any part of the request, encoded or decoded. */
export function checkNoEcho(answer: Answer, request: WireRequest, constants: readonly string[]): void {
  const text = [...answer.headers, answer.body].join('\n')
  const echoed = untrustedStrings(request).filter((part) => text.includes(part))
  expect(echoed.filter((part) => !constants.some((constant) => constant.includes(part)))).toEqual([])
}

/** Shorter strings occur in answers by chance. */
const minimumLength = 6

/** The target, field values, their words and parts, and every string in a JWT's header and payload. */
function untrustedStrings({ target, headers }: WireRequest): string[] {
  const values = [target, ...headers.filter((_, index) => index % 2 === 1)]
  const words = values.flatMap((value) => [value, ...value.split(/[\s,"=]+/)])
  const parts = words.flatMap((word) => word.split('.'))
  const decoded = parts.flatMap((part) => stringsIn(parseOrUndefined(Buffer.from(part, 'base64url').toString())))
  return [...new Set([...words, ...parts, ...decoded])].filter((text) => text.length >= minimumLength)
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [name, ...stringsIn(member)])
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describedIn(lines: readonly string[]): string {
  const found = lines.flatMap(parseChallenges).flatMap(({ params }) => params.get('error_description') ?? [])
  expect(new Set(found).size).toBe(1)
  return found[0] ?? ''
}

function namesOf({ headers }: Answer): string[] {
  return headers.map((line) => line.slice(0, line.indexOf(':')))
}

function valuesOf({ headers }: Answer, name: string): string[] {
  return headers.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
}
