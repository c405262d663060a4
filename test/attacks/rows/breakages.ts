import { type Breakage, breakages, conditionalBreakages, settings } from '@dpop-guard/testing'
import { wireTable } from '../expectations.js'
import type { ProfileName } from '../profiles.js'
import type { AnyBreakageName, CheckFailed, Expectation, Row } from '../row.js'

/** By name, all that users can send to their own servers too. */
export const named: Readonly<Record<AnyBreakageName, Breakage>> = { ...breakages, ...conditionalBreakages }

/** What the first of two requests gets, where that is refused too. */
const earlier: Partial<Record<AnyBreakageName, Expectation>> = {
  'proof-replayed-after-scope': expected('scope-one-of-two'),
  'proof-replayed-after-scope-of-route': expected('scope-of-route-missing'),
  'proof-replayed-after-step-up': expected('acr-other'),
}

/** The answer to a breakage, with what the challenges have besides the error. */
function expected(name: AnyBreakageName): CheckFailed {
  const { expected, scheme, setting } = named[name]
  const { guard, route } = (setting && settings[setting]) ?? {}
  const { scopes = [], stepUp } = route ?? {}
  const byRoute = expected.reason === 'scope_insufficient' && name !== 'scope-of-guard-missing'
  const scope = [...new Set([...(guard?.requiredScopes ?? []), ...scopes])].join(' ')
  const authentication = wireTable[expected.reason].error === 'insufficient_user_authentication'
  const params = { acr_values: stepUp?.acrValues?.join(' ') ?? '', max_age: String(stepUp?.maxAgeSeconds) }
  return {
    refused: expected.reason,
    ...(scheme && { in: scheme }),
    ...(byRoute && { scope }),
    ...(authentication && { params }),
  }
}

/** The same requests before another guard than they are for. */
export const underProfile = (
  profile: ProfileName,
  names: readonly AnyBreakageName[],
  also: Partial<CheckFailed> = {},
): Row[] =>
  names.map((name) => ({
    name: `${named[name].description} is refused by the guard "${profile}" (${name})`,
    profile,
    request: name,
    expect: { refused: named[name].expected.reason, ...(named[name].scheme && { in: named[name].scheme }), ...also },
  }))

export const namedBreakages: readonly Row[] = Object.entries(named).map(([text, breakage]): Row => {
  const name = text as AnyBreakageName
  const { description, setting, answeredBy } = breakage
  const first = earlier[name]
  return {
    name: `${description} is refused (${name})`,
    request: name,
    expect: expected(name),
    ...(setting && { profile: setting }),
    ...(first && { earlier: first }),
    ...(answeredBy === 'Node' && { nodeRefuses: true }),
    ...(answeredBy === 'Fastify' && { fastifyRefuses: true }),
    ...(setting === 'forms' && { notOnFastify: 'its guard runs before any body is read' }),
  }
})
