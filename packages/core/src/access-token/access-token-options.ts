import {
  conflictingOptions,
  readChoiceOption,
  readFunctionOption,
  readSecondsOption,
  readStringsOption,
} from '../option-readers.js'
import { readAudienceOption } from './audience.js'
import { createCustomVerifier, type VerifyAccessToken } from './custom-verifier.js'
import { readFetchOption } from './fetch.js'
import { IssuerDirectory } from './issuer-directory.js'
import { readIssuerOptions } from './issuer-options.js'
import { createJwtVerifier } from './jwt.js'
import type { NamedKeys } from './readiness.js'
import type { AccessTokenVerifier } from './verifier.js'

/** Which access tokens are accepted. */
export interface AccessTokenPolicy {
  /** Identifiers of the issuers, as far as they are known. Undefined if only a function knows them. */
  readonly issuers: readonly string[] | undefined
  readonly verifyAccessToken: AccessTokenVerifier
  /** Empty if the guard fetches no keys. */
  readonly namedKeys: NamedKeys
}

/** Reads the options of a guard that say which access tokens are accepted. */
export function readAccessTokenOptions(options: Record<string, unknown>, resource: string): AccessTokenPolicy {
  const audience = readAudienceOption(options.audience, resource)
  const clockToleranceSeconds = readSecondsOption('clockToleranceSeconds', options.clockToleranceSeconds, 5, {
    min: 0,
    max: 300,
  })
  const find = readFunctionOption<VerifyAccessToken>('verifyAccessToken', options.verifyAccessToken)
  if (find !== undefined) {
    rejectJwtOptions(options)
    const issuers =
      options.issuer === undefined
        ? []
        : readStringsOption('issuer', options.issuer, 'an issuer identifier, or a list', (item) => item !== '')
    const policy = { issuers, audience, clockToleranceSeconds, fetch: readFetchOption(options.fetch) }
    return { issuers, verifyAccessToken: createCustomVerifier(find, policy), namedKeys: new Map() }
  }
  const issuers = readIssuerOptions(options)
  const tokenClaims = readChoiceOption('tokenClaims', options.tokenClaims, 'minimal', ['minimal', 'rfc9068'])
  const verifyAccessToken = createJwtVerifier({ issuers, audience, tokenClaims, clockToleranceSeconds })
  if (issuers instanceof IssuerDirectory) return { issuers: undefined, verifyAccessToken, namedKeys: new Map() }
  return { issuers: [...issuers.keys()], verifyAccessToken, namedKeys: issuers }
}

/** Throws a TypeError for an option that would be ignored: you may rely on it. */
function rejectJwtOptions(options: Record<string, unknown>): void {
  // Not "tokenTyp" and "tokenAlgorithms", because presets set them for guards of both kinds.
  for (const name of ['jwksCache', 'tokenClaims']) {
    if (options[name] !== undefined) throw conflictingOptions(name, '"verifyAccessToken" to be left out')
  }
}
