import { isUint8Array } from 'node:util/types'
import {
  invalidOption,
  listOf,
  readChoiceOption,
  readMemberOption,
  readObjectOption,
  readSecondsOption,
  readWholeNumberOption,
} from '../option-readers.js'
import { type NonceSecrets, type NonceService, type Nonces, StatelessNonces, serviceNonces } from './nonces.js'

const minSecretBytes = 32

/** The option `nonce`, where freshness comes from nonces. `audience` keeps apart servers that have the same secrets. */
export function readNonceOption(value: unknown, audience: string): Nonces {
  if (value === undefined) throw invalidOption('nonce', value, 'given as { secrets: [...] } or { issue, check }')
  if (isNonceService(value)) {
    // An instance of a class has members of its own.
    if (Object.getPrototypeOf(value) === Object.prototype) {
      readObjectOption('nonce', value, ['issue', 'check', 'lifetimeSeconds'] satisfies (keyof NonceService)[])
    }
    const lifetime = readMemberOption('nonce', value, 'lifetimeSeconds')
    const lifetimeSeconds = readSecondsOption('nonce.lifetimeSeconds', lifetime, 3600, { min: 1, max: 86_400 })
    return serviceNonces(value, lifetimeSeconds)
  }
  // The value is not shown: somebody may have put the secret itself there.
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TypeError('dpop-guard: option "nonce" must be { secrets: [...] } or { issue, check }')
  }
  const options = readObjectOption('nonce', value, ['secrets', 'rotationSeconds'] satisfies (keyof NonceSecrets)[])
  const secrets = readSecretsOption(options.secrets)
  const seconds = readWholeNumberOption('nonce.rotationSeconds', options.rotationSeconds, 60, { min: 1, max: 3600 })
  return new StatelessNonces(secrets, seconds, audience)
}

/** Throws a TypeError for the option `nonce` where nobody would ask for one. */
export function rejectNonceOption(value: unknown): void {
  // The value is not shown: it holds secrets.
  if (value !== undefined)
    throw new TypeError('dpop-guard: option "nonce" needs "freshness" to be \'nonce\' or \'both\'')
}

export function readSendNonceOption(value: unknown, nonces: Nonces | undefined): 'when-new' | 'always' {
  if (value !== undefined && nonces === undefined) {
    throw invalidOption('sendNonce', value, "left out unless \"freshness\" is 'nonce' or 'both'")
  }
  return readChoiceOption('sendNonce', value, 'when-new', ['when-new', 'always'])
}

function isNonceService(value: unknown): value is NonceService {
  const [issue, check] = [readMemberOption('nonce', value, 'issue'), readMemberOption('nonce', value, 'check')]
  return typeof issue === 'function' && typeof check === 'function'
}

function readSecretsOption(value: unknown): readonly (string | Uint8Array)[] {
  const secrets = listOf(value)
  if (secrets === undefined || secrets.length === 0 || !secrets.every(isLongSecret)) {
    throw new TypeError(
      `dpop-guard: option "nonce.secrets" must be a list of secrets of ${minSecretBytes} bytes or more`,
    )
  }
  if (secrets.some(isPublishedSecret)) {
    throw new TypeError(
      'dpop-guard: option "nonce.secrets" holds an example of the documentation: use 32 random bytes of your own',
    )
  }
  return secrets.map(copySecret)
}

function isLongSecret(secret: unknown): secret is string | Uint8Array {
  return (typeof secret === 'string' || isUint8Array(secret)) && Buffer.byteLength(secret) >= minSecretBytes
}

/** Snippets of version 0.1 fell back to it where the environment had no secret. Everyone can make nonces with it. */
const publishedSecret = 'a secret of 32 bytes or more, from your vault'

function isPublishedSecret(secret: string | Uint8Array): boolean {
  return Buffer.from(secret).equals(Buffer.from(publishedSecret))
}

/** Bytes of a caller's may be wiped after use. */
function copySecret(secret: string | Uint8Array): string | Uint8Array {
  return typeof secret === 'string' ? secret : Uint8Array.from(secret)
}
