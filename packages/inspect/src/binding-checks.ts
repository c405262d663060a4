/** RFC 9449 section 4.3, check 12: the proof belongs to the access token. */
import { isJsonObject } from '@dpop-guard/core/internal'
import { accessTokenHash } from '@dpop-guard/testing'
import { type Check, fail, notChecked, pass } from './check.js'
import { show } from './display.js'
import { thumbprintOf } from './header-checks.js'
import { decodeJwt } from './jwt.js'
import type { Subject } from './proof-probe.js'

const unknownToken = 'the access token is not known (--token)'

export async function checkTokenHash({ payload: { ath }, request: { accessToken }, probe }: Subject): Promise<Check> {
  const title = 'ath'
  if (accessToken === undefined) return notChecked('12', title, unknownToken)
  if ((await probe.claims({ ath }, { accessToken })) === undefined) return pass('12', title)
  return fail('12', title, { expected: accessTokenHash(accessToken), received: show(ath), hint: explainAth(ath) })
}

function explainAth(ath: unknown): string {
  const meaning = 'base64url of the SHA-256 of the token as it is sent'
  return ath === undefined
    ? `the client left ath out: a proof that comes with an access token has it, ${meaning}`
    : `ath is ${meaning}: was the token refreshed since, or cut, or trimmed?`
}

export function checkBinding({ header, request: { accessToken } }: Subject): Check {
  const title = 'the key that the token is bound to'
  if (accessToken === undefined) return notChecked('12', title, unknownToken)
  const token = decodeJwt(accessToken)
  if (token === undefined) return notChecked('12', title, 'the token is unreadable: only its issuer knows its binding')
  const { cnf } = token.payload
  const bound = isJsonObject(cnf) ? cnf.jkt : undefined
  if (bound === undefined) {
    return fail('12', title, {
      why: 'the token has no cnf.jkt: it is not bound to a key',
      reason: cnf === undefined ? 'token_unbound' : undefined,
      hint: 'send a proof with the token request; the issuer must have DPoP turned on for this client',
    })
  }
  const jkt = thumbprintOf(header)
  if (jkt === undefined) return notChecked('12', title, 'jwk has no thumbprint')
  if (bound === jkt) return pass('12', title, jkt)
  return fail('12', title, {
    why: 'the token is bound to another key than the one that signed the proof',
    reason: typeof bound === 'string' ? 'token_key_mismatch' : undefined,
    expected: `cnf.jkt ${show(bound)}`,
    received: `thumbprint of jwk ${show(jkt)}`,
    hint: 'keep the key that requested the token; a new key needs a new token',
  })
}
