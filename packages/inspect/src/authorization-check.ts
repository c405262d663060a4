import { isToken68 } from './access-token-option.js'
import { type Check, fail, notChecked, pass } from './check.js'
import type { PastedRequest } from './pasted-request.js'

const step = 'token'

const title = 'Authorization'

const advice = 'send "Authorization: DPoP <token>"'

/**
 * RFC 9449 section 7.1: the scheme of the access token, if more than a proof was pasted. `given` is the token of an option.
 * Shows nothing of a token.
 */
export function inspectAuthorization({ authorization, fields }: PastedRequest, given: string | undefined): Check[] {
  if (authorization === undefined) return []
  const [value, ...others] = authorization
  if (value === undefined) {
    if (given !== undefined) return [notChecked(step, title, 'the head has none; the token came from an option')]
    const reason = fields.length > 0 ? 'proof_without_token' : 'credentials_missing'
    return [fail(step, title, { why: `it is missing; ${advice}`, reason })]
  }
  return [others.length > 0 ? failRepeated(authorization) : inspectValue(value)]
}

function failRepeated(values: readonly string[]): Check {
  const schemes = new Set(values.flatMap((value) => /^(?:DPoP|Bearer)\b/i.exec(value)?.[0].toLowerCase() ?? []))
  return fail(step, title, {
    why: `there are ${values.length} of them`,
    hint: 'each request has one; does a proxy add its own?',
    reason: schemes.size > 1 ? 'authorization_ambiguous' : 'authorization_repeated',
  })
}

function inspectValue(value: string): Check {
  const [, scheme, credentials = ''] = /^([A-Za-z][\w-]{0,31})(?: +(.*))?$/.exec(value) ?? []
  if (/^DPoP$/i.test(scheme ?? '')) {
    if (credentials !== '') return pass(step, title, 'the scheme is DPoP')
    return fail(step, title, { why: `it has no token; ${advice}`, reason: 'authorization_malformed' })
  }
  if (scheme !== undefined && credentials !== '') {
    return fail(step, title, { why: `the scheme is ${scheme}; ${advice}`, reason: 'scheme_unsupported' })
  }
  if (isToken68(value)) return fail(step, title, { why: `it has no scheme; ${advice}`, reason: 'scheme_unsupported' })
  return notChecked(step, title, 'its scheme is unreadable')
}
