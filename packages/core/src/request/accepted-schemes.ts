import type { Scheme } from '../failures.js'
import { conflictingOptions, invalidOption, listOf, readChoiceOption } from '../option-readers.js'

/** The authentication schemes that a request may use. */
export interface AcceptedSchemes {
  /** The schemes that carry an access token here. */
  readonly offered: readonly Scheme[]
  /** The option `otherSchemes`, in lower case. The guard does not read the credentials of these schemes. */
  readonly others: ReadonlySet<string>
}

/** The schemes that can carry an access token, by their names in lower case. */
export const knownSchemes: ReadonlyMap<string, Scheme> = new Map([
  ['dpop', 'DPoP'],
  ['bearer', 'Bearer'],
])

/** A character that cannot be in the name of a scheme (RFC 9110 section 5.6.2). */
export const outsideOfToken = /[^\w!#$%&'*+.^`|~-]/

/**
 * The schemes in the order of their challenges for a request without credentials. Bearer is offered only if it is accepted,
 * because its challenge would invite a downgrade.
 */
export const offeredSchemes = {
  'dpop-only': ['DPoP'],
  'bearer-and-dpop': ['Bearer', 'DPoP'],
} as const satisfies Record<string, readonly Scheme[]>

/** The option `mode`, by name: which schemes carry an access token. */
export type Mode = keyof typeof offeredSchemes

export function readModeOption(value: unknown): Mode {
  return readChoiceOption('mode', value, 'dpop-only', ['dpop-only', 'bearer-and-dpop'])
}

/** Whether a request needs credentials. */
export type CredentialsNeed = 'required' | 'optional'

export function readCredentialsOption(value: unknown): CredentialsNeed {
  return readChoiceOption('credentials', value, 'required', ['required', 'optional'])
}

/** Reads the schemes (RFC 9110 section 11.1) that do not carry access tokens. Returns them in lower case. */
export function readOtherSchemesOption(value: unknown, credentials: CredentialsNeed): ReadonlySet<string> {
  if (value === undefined) return new Set()
  if (credentials !== 'optional') {
    throw conflictingOptions('otherSchemes', 'credentials: "optional"')
  }
  const list = listOf(value) ?? []
  const names = list.flatMap((item) => (typeof item === 'string' ? item.toLowerCase() : []))
  const valid = names.every((item) => item !== '' && !outsideOfToken.test(item) && !knownSchemes.has(item))
  if (list.length === 0 || names.length !== list.length || !valid) {
    throw invalidOption(
      'otherSchemes',
      value,
      'a list of authentication schemes other than DPoP and Bearer, such as ["Basic"]',
    )
  }
  return new Set(names)
}
