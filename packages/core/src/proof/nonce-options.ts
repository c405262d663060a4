import { isUint8Array } from 'node:util/types'
import {
  conflictingOptions,
  hiddenOption,
  listOf,
  missingOption,
  readChoiceOption,
  readMemberOption,
  readObjectOption,
  readSecondsOption,
  readWholeNumberOption,
} from '../option-readers.js'
import type { FreshnessPolicy } from './freshness.js'
import { type NonceSecrets, type NonceService, type Nonces, StatelessNonces, serviceNonces } from './nonces.js'

const minSecretBytes = 32

const freshnessOfNonces = 'freshness: "nonce", "both" or "adaptive"'

/**
 * When a response has a nonce. `when-needed`: if the client needs one or sent one. Otherwise every rejection has the newest
 * nonce. The response to an accepted request then has it if the client used another one (`when-new`), or `always`.
 */
export type NonceSending = 'when-new' | 'always' | 'when-needed'

/** Reads the option `nonce`, if freshness needs nonces. `audience` separates servers with the same secrets. */
export function readNonceOption(value: unknown, audience: string): Nonces {
  if (value === undefined) throw missingOption('nonce', '{ secrets: [...] } or { issue, check }')
  if (isNonceService(value)) {
    // Not for an instance of a class, which may have other members.
    if (Object.getPrototypeOf(value) === Object.prototype) {
      readObjectOption('nonce', value, ['issue', 'check', 'lifetimeSeconds'] satisfies (keyof NonceService)[])
    }
    const lifetime = readMemberOption('nonce', value, 'lifetimeSeconds')
    const lifetimeSeconds = readSecondsOption('nonce.lifetimeSeconds', lifetime, 3600, { min: 1, max: 86_400 })
    return serviceNonces(value, lifetimeSeconds)
  }
  // Not shown: it may be the secret itself.
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw hiddenOption('nonce', '{ secrets: [...] } or { issue, check }')
  }
  const options = readObjectOption('nonce', value, ['secrets', 'rotationSeconds'] satisfies (keyof NonceSecrets)[])
  const secrets = readSecretsOption(options.secrets)
  const seconds = readWholeNumberOption('nonce.rotationSeconds', options.rotationSeconds, 60, { min: 1, max: 3600 })
  return new StatelessNonces(secrets, seconds, audience)
}

/** Throws a TypeError for the option `nonce` if no check would use it. */
export function rejectNonceOption(value: unknown): void {
  if (value !== undefined) throw conflictingOptions('nonce', freshnessOfNonces)
}

export function readSendNonceOption(
  value: unknown,
  { freshness, nonces }: Pick<FreshnessPolicy, 'freshness' | 'nonces'>,
): NonceSending {
  if (value !== undefined && (nonces === undefined || freshness === 'adaptive')) {
    throw conflictingOptions('sendNonce', 'freshness: "nonce" or "both"')
  }
  if (freshness === 'adaptive') return 'when-needed'
  return readChoiceOption('sendNonce', value, 'when-new', ['when-new', 'always'])
}

function isNonceService(value: unknown): value is NonceService {
  const [issue, check] = [readMemberOption('nonce', value, 'issue'), readMemberOption('nonce', value, 'check')]
  return typeof issue === 'function' && typeof check === 'function'
}

function readSecretsOption(value: unknown): readonly (string | Uint8Array)[] {
  const secrets = listOf(value)
  if (secrets === undefined || secrets.length === 0 || !secrets.every(isLongSecret)) {
    throw hiddenOption('nonce.secrets', `a list of secrets of ${minSecretBytes} bytes or more`)
  }
  if (secrets.some(isPublishedSecret)) {
    throw hiddenOption('nonce.secrets', '32 random bytes of your own', 'an example of the documentation')
  }
  return secrets.map(copySecret)
}

function isLongSecret(secret: unknown): secret is string | Uint8Array {
  return (typeof secret === 'string' || isUint8Array(secret)) && Buffer.byteLength(secret) >= minSecretBytes
}

/** Snippets of version 0.1 used this one if the environment had no secret. Anyone can make nonces with it. */
const publishedSecret = 'a secret of 32 bytes or more, from your vault'

function isPublishedSecret(secret: string | Uint8Array): boolean {
  return Buffer.from(secret).equals(Buffer.from(publishedSecret))
}

/** A copy, because your code may wipe its bytes after use. */
function copySecret(secret: string | Uint8Array): string | Uint8Array {
  return typeof secret === 'string' ? secret : Uint8Array.from(secret)
}
