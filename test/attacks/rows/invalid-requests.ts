import {
  conditionalInvalidRequests,
  type InvalidRequest,
  invalidRequest,
  invalidRequests,
  settings,
} from '@dpop-guard/testing/invalid-requests'
import { wireTable } from '../expectations.js'
import type { ProfileName } from '../profiles.js'
import type { CheckFailed, Expectation, Row } from '../row.js'

/** All invalid requests by name. Users can send these to their own servers too. */
export const named: Readonly<Record<string, InvalidRequest>> = { ...invalidRequests, ...conditionalInvalidRequests }

/** The answer to the first of two requests, where the guard rejects that one too. */
const earlier: Readonly<Record<string, Expectation>> = {
  'proof-replayed-after-scope': expected('scope-one-of-two'),
  'proof-replayed-after-scope-of-route': expected('scope-of-route-missing'),
  'proof-replayed-after-step-up': expected('acr-other'),
  'proof-replayed-after-claims': expected('claims-missing'),
}

/** The answer to an invalid request, with all parameters of its challenges. */
function expected(name: string): CheckFailed {
  const { expected, scheme, setting } = invalidRequest(name)
  const { guard, route } = (setting && settings[setting]) ?? {}
  const { scopes = [], anyScope = [], stepUp } = route ?? {}
  const byRoute = expected.reason === 'scope_insufficient' && name !== 'scope-of-guard-missing'
  const scope = [...new Set([...(guard?.requiredScopes ?? []), ...scopes, ...anyScope])].join(' ')
  const authentication = wireTable[expected.reason].error === 'insufficient_user_authentication'
  const params = { acr_values: stepUp?.acrValues?.join(' ') ?? '', max_age: String(stepUp?.maxAgeSeconds) }
  return {
    rejected: expected.reason,
    ...(scheme && { in: scheme }),
    ...(byRoute && { scope }),
    ...(authentication && { params }),
    ...(expected.reason === 'iat_needs_nonce' && { nonce: 'sent' }),
    ...(expected.reason === 'dpop_required' && { offered: ['DPoP'] }),
  }
}

/** The same requests, sent to another guard. */
export const underProfile = (profile: ProfileName, names: readonly string[], also: Partial<CheckFailed> = {}): Row[] =>
  names.map((name) => {
    const { description, expected, scheme } = invalidRequest(name)
    return {
      name: `${description} is rejected by the guard "${profile}" (${name})`,
      profile,
      request: name,
      expect: { rejected: expected.reason, ...(scheme && { in: scheme }), ...also },
    }
  })

export const namedRows: readonly Row[] = Object.entries(named).map(
  ([name, { description, setting, answeredBy }]): Row => {
    const first = earlier[name]
    return {
      name: `${description} is rejected (${name})`,
      request: name,
      expect: expected(name),
      ...(setting && { profile: setting }),
      ...(first && { earlier: first }),
      ...(answeredBy === 'Node' && { nodeRejects: true }),
      ...(answeredBy === 'Fastify' && { fastifyRejects: true }),
      ...(setting === 'forms' && { needsParsedForm: true }),
    }
  },
)
