import { CheckFailed } from '../check-failed.js'
import { invalidOption, readObjectOption, readStringsOption, readWholeNumberOption } from '../option-readers.js'
import type { Claims } from './claims.js'

/** How the user must have authenticated (RFC 9470). Set at least one of the two. */
export interface StepUpOptions {
  /** Accepted values of the token's `acr` claim (the authentication level), the preferred one first. */
  acrValues?: readonly string[] | undefined
  /** The longest time since the user authenticated, by the token's `auth_time` claim. Seconds. */
  maxAgeSeconds?: number | undefined
}

/** The checked options. */
export interface StepUp {
  readonly acrValues: readonly string[] | undefined
  readonly maxAgeSeconds: number | undefined
}

/** An acr value is written into a space-separated list, so it has no space, quote or backslash. */
const acrValue = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** The requirements that `readStepUpOption` returned. They are frozen, so they stay valid. */
const validRequirements = new WeakSet<StepUp>()

/** Returns its own requirements as they are, so that a route's requirement is validated once. */
export function readStepUpOption(value: unknown): StepUp {
  if (isValidRequirement(value)) return value
  const options = readObjectOption('stepUp', value, ['acrValues', 'maxAgeSeconds'] satisfies (keyof StepUpOptions)[])
  const { acrValues, maxAgeSeconds } = options
  if (acrValues === undefined && maxAgeSeconds === undefined) {
    throw invalidOption('stepUp', value, 'an object with "acrValues" or "maxAgeSeconds"')
  }
  const stepUp: StepUp = Object.freeze({
    acrValues:
      acrValues === undefined
        ? undefined
        : readStringsOption('stepUp.acrValues', acrValues, 'a list of acr values', (item) => acrValue.test(item)),
    maxAgeSeconds:
      maxAgeSeconds === undefined
        ? undefined
        : readWholeNumberOption('stepUp.maxAgeSeconds', maxAgeSeconds, 0, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  })
  validRequirements.add(stepUp)
  return stepUp
}

function isValidRequirement(value: unknown): value is StepUp {
  return validRequirements.has(value as StepUp)
}

/** RFC 9470 section 5. A token that does not say how or when the user authenticated does not meet the requirement. */
export function findStepUpFailure({ acr, auth_time }: Claims, required: StepUp, now: number): CheckFailed | undefined {
  const { acrValues, maxAgeSeconds } = required
  if (acrValues !== undefined && !acrValues.some((value) => value === acr)) {
    return new CheckFailed('acr_insufficient', { name: 'acr', expected: acrValues, received: acr })
  }
  if (maxAgeSeconds === undefined) return undefined
  const recent = typeof auth_time === 'number' && now - auth_time <= maxAgeSeconds
  return recent
    ? undefined
    : new CheckFailed('authentication_too_old', {
        name: 'auth_time',
        expected: [`${now - maxAgeSeconds} or later`],
        received: typeof auth_time === 'number' ? String(auth_time) : auth_time,
      })
}
