/** RFC 9449 section 4.3, checks 3 and 8 to 11: the claims of a proof, its request and its age. */
import { type Check, fail, notChecked, pass } from './check.js'
import { show, showDistance, showText, showTime, showTimeFrom } from './display.js'
import { explainHtu } from './explain-htu.js'
import type { Subject } from './proof-probe.js'

const requiredClaims = ['jti', 'htm', 'htu', 'iat']

export async function checkClaims({ payload, probe }: Subject): Promise<Check> {
  const title = 'required claims: jti, htm, htu, iat'
  const wrong: string[] = []
  for (const name of [...requiredClaims, 'ath', 'exp', 'nbf']) {
    const value = payload[name]
    if ((await probe.claims({ [name]: value })) !== 'proof_claims') continue
    const missing = value === undefined && requiredClaims.includes(name)
    wrong.push(missing ? `${name} is missing` : `${name} is ${show(value)}`)
  }
  return wrong.length === 0 ? pass('3', title) : fail('3', title, { why: wrong.join(', ') })
}

export async function checkMethod({ payload, request: { method }, probe }: Subject): Promise<Check> {
  const title = 'htm'
  const { htm } = payload
  if (method === undefined) {
    return notChecked('8', title, `the method is not known (--method); the proof says ${show(htm)}`)
  }
  if ((await probe.claims({ htm })) === undefined) return pass('8', title, method)
  return fail('8', title, { expected: show(method), received: show(htm), hint: explainHtm(method, htm) })
}

function explainHtm(method: string, htm: unknown): string {
  if (typeof htm !== 'string') return `htm is the method as a string: ${show(method)}`
  if (htm.toUpperCase() === method.toUpperCase()) {
    return `methods are case-sensitive; usually both the request and its proof say ${show(method.toUpperCase())}`
  }
  return `the proof was made for ${htm}, the request is ${method}: make a new proof for each request, with its method in upper case`
}

export async function checkUrl({ payload, request: { url }, probe }: Subject): Promise<Check> {
  const title = 'htu'
  const { htu } = payload
  if (url === undefined) return notChecked('9', title, `the URL is not known (--url); the proof says ${show(htu)}`)
  const [expected = ''] = url.split(/[?#]/, 1)
  if ((await probe.claims({ htu })) === undefined) return pass('9', title, expected)
  return fail('9', title, { expected, received: showText(htu), ...explainHtu(url, htu) })
}

export async function checkNonce({ payload, request: { nonce }, probe }: Subject): Promise<Check> {
  const title = 'nonce'
  if (nonce === undefined) {
    const has = payload.nonce === undefined ? 'the proof has none either' : `the proof has ${show(payload.nonce)}`
    return notChecked('10', title, `the server's nonce is not known (--nonce); ${has}`)
  }
  if ((await probe.claims({ nonce: payload.nonce }, { nonce })) === undefined) return pass('10', title)
  return fail('10', title, {
    expected: show(nonce),
    received: show(payload.nonce),
    hint: 'use the DPoP-Nonce of the newest response from this server',
  })
}

const defaultMaxAgeSeconds = 60

/** What a guard requires of each time, followed by the time of the check. */
const timeRules = {
  iat: (maxAgeSeconds: number) => `at most ${maxAgeSeconds} s before and 30 s ahead of`,
  exp: () => 'less than 30 s before',
  nbf: () => 'at most 30 s ahead of',
}

export async function checkTime({ payload, request, probe }: Subject): Promise<Check> {
  const title = 'iat'
  const { iat, exp, nbf } = payload
  const { now, maxAgeSeconds = defaultMaxAgeSeconds } = request
  const reason = await probe.claims({ iat, exp, nbf })
  if (reason === 'proof_claims') return notChecked('11', title, 'iat, exp or nbf is malformed')
  if (reason === undefined) return pass('11', title, showTimeFrom(now, Number(iat)))
  const wrong: (keyof typeof timeRules)[] = []
  for (const name of ['iat', 'exp', 'nbf'] as const) {
    if (payload[name] !== undefined && (await probe.claims({ [name]: payload[name] })) !== undefined) wrong.push(name)
  }
  return fail('11', title, {
    why: wrong.map((name) => `${name} is ${showDistance(Number(payload[name]), now)}`).join(', '),
    expected: wrong.map((name) => `${name} ${timeRules[name](maxAgeSeconds)} ${showTime(now)}`).join('; '),
    received: wrong.map((name) => `${name} ${showTimeFrom(now, Number(payload[name]))}`).join('; '),
    hint: wrong.includes('iat')
      ? explainIat(Number(iat), now)
      : 'exp and nbf are optional in a proof: leave them out, or make a new proof for each request',
  })
}

function explainIat(iat: number, now: number): string {
  if (iat > now * 100) return 'iat is in seconds, this looks like milliseconds'
  const advice = iat < now ? 'make a new proof for each request, or set' : 'set'
  return `${advice} the clock of the client or of the server; for a proof from a log, add the time it was sent: --now ${iat}`
}
