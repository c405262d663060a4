import type { ProofResult } from '@dpop-guard/core'
import { checkBinding, checkTokenHash } from './binding-checks.js'
import { type Check, fail, notChecked, pass } from './check.js'
import { checkClaims, checkMethod, checkNonce, checkTime, checkUrl } from './claim-checks.js'
import { checkAlgorithm, checkKey, checkSignature, checkType } from './header-checks.js'
import { type DecodedJwt, decodeJwt, explainUnreadable } from './jwt.js'
import { ask, type InspectedRequest, isGuardUrl, type ProbeContext, ProofProbe, type Subject } from './proof-probe.js'

export interface Inspection {
  readonly checks: readonly Check[]
  /** The verdict of a guard, from what is known of the request. A guard stops at the first fault. */
  readonly verdict: ProofResult
  readonly decoded: DecodedJwt | undefined
}

/** In the order of RFC 9449 section 4.3, after checks 1 and 2. */
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
 * Makes every check of RFC 9449 section 4.3, by asking the guard about one part at a time. It explains, and is no security
 * boundary. Throws a TypeError for a URL that a guard cannot have.
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
  const checks = [checkFieldCount(fields), form]
  if (decoded === undefined) return { checks, verdict, decoded }
  const subject = { ...decoded, request, verdict, text, probe: new ProofProbe(context) }
  for (const step of steps) checks.push(await step(subject))
  return { checks, verdict, decoded }
}

/** The URL of the proof, if that of the request is not known. Another one if no guard can have that URL. */
async function usableUrl(htu: unknown): Promise<string> {
  return typeof htu === 'string' && (await isGuardUrl(htu)) ? htu : 'https://unknown.invalid/'
}

function checkFieldCount({ length }: readonly string[]): Check {
  const title = 'one DPoP field'
  if (length === 1) return pass('1', title)
  if (length > 1) {
    return fail('1', title, {
      why: `there are ${length} of them`,
      hint: 'each request has one; does a proxy repeat it?',
    })
  }
  return fail('1', title, {
    why: 'there is no DPoP field',
    hint: 'the client sends none, or a proxy removes it; if you passed only a proof, it was empty: is the variable set?',
  })
}

const formTitle = 'one well-formed JWT'

const noProof = notChecked('2', formTitle, 'there is no proof')

async function checkForm(text: string, decoded: DecodedJwt | undefined, context: ProbeContext): Promise<Check> {
  const result = await ask([text], { ...context, accessToken: undefined, nonce: undefined })
  const reason = result.verified ? undefined : result.reason
  if (reason === 'proof_too_long') {
    return fail('2', formTitle, { why: `it has ${text.length} characters, the limit is 8192` })
  }
  if (reason === 'proof_malformed') {
    const hint = text.startsWith('eyJ') ? undefined : 'a proof begins with eyJ; pass one from a file on standard input'
    return fail('2', formTitle, { why: explainForm(text, decoded), hint })
  }
  const extensions = ['crit', 'b64'].filter((name) => decoded !== undefined && Object.hasOwn(decoded.header, name))
  if (extensions.length === 0) return pass('2', formTitle)
  return fail('2', formTitle, {
    why: `the header has ${extensions.join(' and ')}`,
    hint: 'a guard understands no extension of JWS',
  })
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
  return 'its base64url or its JSON is not in the one accepted form (stray bits, too deep or too large)'
}
