import { mutations, tokenClaims } from './invalid-request.js'
import type { ValidRequest } from './mutation.js'
import { twice } from './scopes.js'

/** A user who authenticated just now, in this way. */
const acr =
  (value: unknown) =>
  ({ now }: ValidRequest) => ({ acr: value, auth_time: now })

/** A user who authenticated well, at this time. */
const authTime = (value: unknown) => ({ acr: 'urn:example:mfa', auth_time: value })

const traits = { setting: 'step-up' } as const

/** RFC 9470. */
export const stepUp = {
  ...tokenClaims(
    'acr_insufficient',
    {
      'acr-other': ['another acr', acr('0')],
      'acr-and-auth-time-missing': ['a token without acr and auth_time', {}],
      'acr-missing': ['a token without acr', acr(undefined)],
      'acr-other-and-auth-time-zero': ['another acr with auth_time zero', { acr: '0', auth_time: 0 }],
      'acr-upper-case': ['acr in upper case', acr('URN:EXAMPLE:MFA')],
      'acr-space': ['acr with a space', acr('urn:example:mfa ')],
      'acr-longer': ['a longer acr', acr('urn:example:mfa:sms')],
      'acr-shorter': ['a shorter acr', acr('urn:example')],
      'acr-empty': ['an empty acr', acr('')],
      'acr-two-in-one': ['acr of two values in one string', acr('urn:example:hwk urn:example:mfa')],
      'acr-list': ['acr as a list', acr(['urn:example:mfa'])],
      'acr-number': ['acr as a number', acr(1)],
      'acr-true': ['acr true', acr(true)],
      'acr-null': ['acr null', acr(null)],
      'acr-in-amr': ['amr instead of acr', ({ now }) => ({ auth_time: now, amr: ['urn:example:mfa'] })],
    },
    traits,
  ),
  ...mutations(
    'acr_insufficient',
    { 'acr-missing-head': ['HEAD with a token without acr', { method: 'HEAD' }] },
    { ...traits, onlyByFetch: true },
  ),
  ...tokenClaims(
    'authentication_too_old',
    {
      'auth-time-missing': ['a token without auth_time', authTime(undefined)],
      'auth-time-too-early': ['auth_time of a second too early', ({ now }) => authTime(now - 301)],
      'auth-time-string': ['auth_time as a string', ({ now }) => authTime(String(now))],
      'auth-time-null': ['auth_time null', authTime(null)],
      'auth-time-true': ['auth_time true', authTime(true)],
      'auth-time-list': ['auth_time as a list', ({ now }) => authTime([now])],
      'auth-time-zero': ['auth_time zero', authTime(0)],
      'auth-time-negative': ['a negative auth_time', ({ now }) => authTime(-now)],
      'auth-time-in-iat': ['iat instead of auth_time', ({ now }) => ({ acr: 'urn:example:mfa', iat: now })],
    },
    traits,
  ),
  ...mutations(
    'proof_replayed',
    { 'proof-replayed-after-step-up': twice('the same proof again, after its token had another acr', { acr: '0' }) },
    traits,
  ),
  ...mutations(
    'acr_insufficient',
    {
      'bearer-acr-other': [
        'a Bearer token with another acr',
        { scheme: 'Bearer', dpop: [], claims: { cnf: undefined, acr: '0' } },
      ],
    },
    { setting: 'step-up, bearer', scheme: 'Bearer' },
  ),
  ...mutations(
    'authentication_too_old',
    {
      'bearer-auth-time-zero': [
        'a Bearer token with auth_time zero',
        { scheme: 'Bearer', dpop: [], claims: { cnf: undefined, ...authTime(0) } },
      ],
    },
    { setting: 'step-up, bearer', scheme: 'Bearer' },
  ),
  ...tokenClaims(
    'scope_insufficient',
    { 'faults-scope-and-acr': ['a token without scopes and with another acr', { scope: '', acr: '0' }] },
    { setting: 'step-up, bearer' },
  ),
}
