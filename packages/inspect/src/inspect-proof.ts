import { defaultProofAlgorithms, type ProofResult, privateMembers, proofType } from '@dpop-guard/core'
import { accessTokenHash } from '@dpop-guard/testing'
import { calculateJwkThumbprint, compactVerify, errors, importJWK, type JWK } from 'jose'
import { type Check, fail, notChecked, pass, show, showText } from './check.js'
import { type DecodedJwt, decodeJwt, explainUnreadable, isObject } from './decoded-jwt.js'
import { explainHtu } from './explain-htu.js'
import { isBeforeSignature } from './guard-answer.js'
import { isAccessTokenType } from './inspect-token.js'
import { publicPartOf } from './jwk.js'
import { ask, isGuardUrl, type ProbeContext, ProofProbe } from './proof-probe.js'
import { showDistance, showTime, showTimeFrom } from './time.js'

/** A proof, and what is known of the request that it came with. */
export interface InspectedRequest extends Omit<ProbeContext, 'method' | 'url'> {
  /** Values of the DPoP fields. */
  readonly fields: readonly string[]
  readonly method?: string | undefined
  readonly url?: string | undefined
}

export interface Inspection {
  readonly checks: readonly Check[]
  /** What a guard says, as far as the request is known. It stops at the first fault. */
  readonly verdict: ProofResult
  readonly decoded: DecodedJwt | undefined
}

/** What goes into each check. */
interface Subject extends DecodedJwt {
  readonly request: InspectedRequest
  readonly probe: ProofProbe
  readonly verdict: ProofResult
  readonly text: string
}

const defaultMaxAgeSeconds = 60

/** In the order of RFC 9449 section 4.3. */
const steps: readonly ((subject: Subject) => Check | Promise<Check>)[] = [
  checkClaims,
  checkType,
  checkAlgorithm,
  checkSignature,
  checkKey,
  checkMethod,
  checkUrl,
  checkNonce,
  checkTime,
  checkTokenHash,
  checkBinding,
]

/**
 * Holds a proof against each check of RFC 9449 section 4.3, by asking the guard about one part at a time. Explains; it is
 * no security boundary. Throws a TypeError for a URL that no guard can have.
 */
export async function inspectProof(request: InspectedRequest): Promise<Inspection> {
  const { fields } = request
  const [text = ''] = fields
  const decoded = decodeJwt(text)
  const { htm, htu } = decoded?.payload ?? {}
  const context = {
    ...request,
    method: request.method ?? (typeof htm === 'string' ? htm : 'GET'),
    url: request.url ?? (await usableUrl(htu)),
  }
  const verdict = await ask(fields, context)
  const form = fields.length === 0 ? noProof : await checkForm(text, decoded, context)
  const shape = [checkFieldCount(fields), form]
  if (decoded === undefined) return { checks: shape, verdict, decoded }
  const subject = { ...decoded, request, verdict, text, probe: new ProofProbe(context) }
  const checks = [...shape]
  for (const step of steps) checks.push(await step(subject))
  return { checks, verdict, decoded }
}

/** Where the request's own URL is not known, the proof's; where no guard could have that, some other. */
async function usableUrl(htu: unknown): Promise<string> {
  return typeof htu === 'string' && (await isGuardUrl(htu)) ? htu : 'https://unknown.invalid/'
}

function checkFieldCount({ length }: readonly string[]): Check {
  const title = 'one DPoP field'
  if (length === 1) return pass('1', title)
  const why = length === 0 ? 'there is no DPoP field' : `there are ${length} of them`
  const hint =
    length === 0
      ? 'the client sends none, or a proxy drops it; if you gave a proof alone, it was empty: is the variable set?'
      : 'each request has one; does a proxy repeat it?'
  return fail('1', title, { why, hint })
}

const formTitle = 'one well-formed JWT'

const noProof = notChecked('2', formTitle, 'there is no proof')

async function checkForm(text: string, decoded: DecodedJwt | undefined, context: ProbeContext): Promise<Check> {
  const title = formTitle
  const result = await ask([text], { ...context, accessToken: undefined, nonce: undefined })
  const reason = result.verified ? undefined : result.reason
  if (reason === 'proof_too_long')
    return fail('2', title, { why: `it has ${text.length} characters, 8192 are the limit` })
  if (reason === 'proof_malformed') {
    const hint = text.startsWith('eyJ')
      ? undefined
      : 'a proof begins with eyJ; one that is in a file goes to standard input'
    return fail('2', title, { why: explainForm(text, decoded), hint })
  }
  const extensions = ['crit', 'b64'].filter((name) => decoded !== undefined && Object.hasOwn(decoded.header, name))
  if (extensions.length > 0) {
    return fail('2', title, {
      why: `the header has ${extensions.join(' and ')}`,
      hint: 'no extension of JWS is understood',
    })
  }
  return pass('2', title)
}

function explainForm(text: string, decoded: DecodedJwt | undefined): string {
  const parts = text.split('.').length
  if (text.trim() === '') return 'it is empty'
  if (/^DPoP[ :]/i.test(text)) return 'it begins with "DPoP", which belongs to the name of the field'
  if (text.includes(',')) return 'it has a comma: two proofs in one field'
  if (/\s/.test(text)) return 'it has white space in it; was it broken into lines?'
  if (text.includes('=')) return 'it has padding ("="); base64url in a JWT has none'
  if (/[+/]/.test(text)) return 'it is base64 ("+", "/"), not base64url ("-", "_")'
  if (parts !== 3) return `it has ${parts} part${parts === 1 ? '' : 's'}, not three; was it cut short?`
  if (decoded === undefined) return explainUnreadable(text)
  return 'its base64url or its JSON is not in the one accepted form (stray bits, a member twice, too deep, not UTF-8)'
}

async function checkClaims({ payload, probe }: Subject): Promise<Check> {
  const title = 'required claims: jti, htm, htu, iat'
  const wrong: string[] = []
  for (const name of ['jti', 'htm', 'htu', 'iat', 'ath', 'exp', 'nbf']) {
    const reason = await probe.claims({ [name]: payload[name] })
    const required = ['jti', 'htm', 'htu', 'iat'].includes(name)
    if (reason === 'proof_claims')
      wrong.push(required && payload[name] === undefined ? `${name} is missing` : `${name} is ${show(payload[name])}`)
  }
  return wrong.length === 0 ? pass('3', title) : fail('3', title, { why: wrong.join(', ') })
}

async function checkType({ header, probe }: Subject): Promise<Check> {
  const title = 'typ'
  if ((await probe.header({ typ: header.typ })) !== 'proof_typ') return pass('4', title)
  return fail('4', title, {
    expected: show(proofType),
    received: show(header.typ),
    hint: isAccessTokenType(header.typ)
      ? 'this is an access token: the proof is in the field DPoP, the token goes to --token-file'
      : undefined,
  })
}

async function checkAlgorithm({ header, request, probe }: Subject): Promise<Check> {
  const title = 'alg'
  if (!(await rejectsAlgorithm(header, request, probe))) return pass('5', title, showText(header.alg))
  const accepted = request.algorithms ?? defaultProofAlgorithms
  return fail('5', title, {
    expected: `one of ${accepted.join(', ')}`,
    received: show(header.alg),
    hint: 'a guard takes others where its option proof.algorithms has them; see algs in its challenge, and --algs here',
  })
}

async function rejectsAlgorithm({ alg }: DecodedJwt['header'], { algorithms }: InspectedRequest, probe: ProofProbe) {
  if (algorithms !== undefined && !algorithms.some((name) => name === alg)) return true
  return (await probe.header({ alg })) === 'proof_algorithm'
}

async function checkSignature({ header, text, verdict }: Subject): Promise<Check> {
  const title = 'signature by the key in jwk'
  const why = 'was it signed by another key, or changed afterwards? For ES256 it is r and s, 64 octets, not DER'
  if (verdict.verified || !isBeforeSignature(verdict.reason)) {
    return !verdict.verified && verdict.reason === 'proof_signature' ? fail('6', title, { why }) : pass('6', title)
  }
  try {
    await compactVerify(text, await importJWK(publicPartOf(header.jwk), showText(header.alg)))
    return pass('6', title)
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return fail('6', title, { why })
    return notChecked('6', title, 'the proof, its alg or its jwk cannot be used')
  }
}

async function checkKey({ header, request, probe }: Subject): Promise<Check> {
  const title = 'jwk is a public key for alg'
  const { jwk, alg } = header
  if (!isObject(jwk)) return fail('7', title, { why: 'the header has no jwk that is an object' })
  const secrets = privateMembers.filter((name) => Object.hasOwn(jwk, name))
  if (secrets.length > 0) {
    return fail('7', title, {
      why: `jwk has the private member${secrets.length === 1 ? '' : 's'} ${secrets.join(', ')}`,
      hint: 'whoever saw this proof has the key: make a new one, and send its public members only',
    })
  }
  if (await rejectsAlgorithm(header, request, probe)) return notChecked('7', title, 'alg is not accepted')
  if ((await probe.header({ alg, jwk })) !== 'proof_key') return pass('7', title)
  const kind = [jwk.kty, jwk.crv]
    .filter((part) => part !== undefined)
    .map(showText)
    .join(' ')
  return fail('7', title, {
    why: `a jwk of ${kind || 'no kty'} is no good key for ${show(alg)}`,
    hint: 'wrong curve or length, a point that is none, padding, or use, key_ops or alg that say something else',
  })
}

async function checkMethod({ payload, request: { method }, probe }: Subject): Promise<Check> {
  const title = 'htm'
  if (method === undefined)
    return notChecked('8', title, `the method is not known (--method); the proof says ${show(payload.htm)}`)
  const reason = await probe.claims({ htm: payload.htm })
  if (reason === undefined) return pass('8', title, method)
  return fail('8', title, {
    expected: show(method),
    received: show(payload.htm),
    hint: explainHtm(method, payload.htm),
  })
}

function explainHtm(method: string, htm: unknown): string {
  if (typeof htm !== 'string') return `htm is the method as a text: ${show(method)}`
  if (htm.toUpperCase() === method.toUpperCase()) {
    return `methods are case-sensitive; as a rule, both the request and its proof say ${show(method.toUpperCase())}`
  }
  return `the proof was made for ${htm}, the request is ${method}: make a new proof for each request, with its method in upper case`
}

async function checkUrl({ payload, request: { url }, probe }: Subject): Promise<Check> {
  const title = 'htu'
  const { htu } = payload
  if (url === undefined) return notChecked('9', title, `the URL is not known (--url); the proof says ${show(htu)}`)
  const [expected = ''] = url.split(/[?#]/, 1)
  const reason = await probe.claims({ htu })
  if (reason === undefined) return pass('9', title, expected)
  return fail('9', title, { expected, received: showText(htu), ...explainHtu(url, htu) })
}

async function checkNonce({ payload, request: { nonce }, probe }: Subject): Promise<Check> {
  const title = 'nonce'
  if (nonce === undefined) {
    const has = payload.nonce === undefined ? 'the proof has none either' : `the proof has ${show(payload.nonce)}`
    return notChecked('10', title, `the server's nonce is not known (--nonce); ${has}`)
  }
  const reason = await probe.claims({ nonce: payload.nonce }, { nonce })
  if (reason === undefined) return pass('10', title)
  return fail('10', title, {
    expected: show(nonce),
    received: show(payload.nonce),
    hint: 'take it from DPoP-Nonce of the newest response of this very server',
  })
}

/** What a guard wants of each time, before the time that it is checked at. */
const timeRules = {
  iat: (maxAgeSeconds: number) => `at most ${maxAgeSeconds} s before and 30 s ahead of`,
  exp: () => 'less than 30 s before',
  nbf: () => 'at most 30 s ahead of',
}

async function checkTime({ payload, request, probe }: Subject): Promise<Check> {
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
  return `${advice} the clock of the client or of the server; for one out of a log, say when it was sent: --now ${iat}`
}

async function checkTokenHash({ payload, request: { accessToken }, probe }: Subject): Promise<Check> {
  const title = 'ath'
  if (accessToken === undefined) return notChecked('12', title, 'the access token is not known (--token)')
  const reason = await probe.claims({ ath: payload.ath }, { accessToken })
  if (reason === undefined) return pass('12', title)
  return fail('12', title, {
    expected: accessTokenHash(accessToken),
    received: show(payload.ath),
    hint: explainAth(payload.ath),
  })
}

function explainAth(ath: unknown): string {
  const meaning = 'base64url of the SHA-256 of the token as it is sent'
  return ath === undefined
    ? `the client left ath out: a proof that comes with an access token has it, ${meaning}`
    : `ath is ${meaning}: was it refreshed since, or cut, or trimmed?`
}

async function checkBinding({ header, request: { accessToken } }: Subject): Promise<Check> {
  const title = 'the key that the token is bound to'
  if (accessToken === undefined) return notChecked('12', title, 'the access token is not known (--token)')
  const token = decodeJwt(accessToken)
  if (token === undefined) return notChecked('12', title, 'the token cannot be read: only its issuer knows its binding')
  const { cnf } = token.payload
  const bound = isObject(cnf) ? cnf.jkt : undefined
  if (bound === undefined) {
    return fail('12', title, {
      why: 'the token has no cnf.jkt: it is not bound to a key',
      reason: cnf === undefined ? 'token_unbound' : undefined,
      hint: 'send a proof with the token request; the issuer has to have DPoP turned on for this client',
    })
  }
  const jkt = await thumbprintOf(header.jwk)
  if (jkt === undefined) return notChecked('12', title, 'jwk has no thumbprint')
  if (bound === jkt) return pass('12', title, jkt)
  return fail('12', title, {
    why: 'the token is bound to another key than the one that signed the proof',
    reason: typeof bound === 'string' ? 'token_key_mismatch' : undefined,
    expected: `cnf.jkt ${show(bound)}`,
    received: `thumbprint of jwk ${show(jkt)}`,
    hint: 'keep the key that the token was asked for with; a new key needs a new token',
  })
}

async function thumbprintOf(jwk: unknown): Promise<string | undefined> {
  try {
    return await calculateJwkThumbprint(jwk as JWK)
  } catch {
    return undefined
  }
}
