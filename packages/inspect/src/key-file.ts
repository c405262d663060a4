import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import type { Jwk, SignatureAlgorithm } from '@dpop-guard/testing'
import { createProofClient, type ProofClient, proofClientOf } from '@dpop-guard/testing'
import { readOptionFile, unusableFile } from './option-values.js'
import { UsageError } from './terminal.js'

export interface KeyFile {
  readonly client: ProofClient
  /** A message for its owner. */
  readonly notice: string | undefined
}

const ownerOnly = 0o600

/** Reads a private key, as JWK or PEM. If the file does not exist, makes one that only its owner can read. */
export async function openKeyFile(path: string): Promise<KeyFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unusableFile('--key cannot be read', error)
  })
  if (text === undefined) return createKeyFile(path)
  const { mode } = await stat(path)
  const open = process.platform !== 'win32' && (mode & 0o077) !== 0
  return { client: readKey(path, text), notice: open ? `${path} can be read by others: chmod 600 ${path}` : undefined }
}

/** The private key of an issuer. The file must exist. */
export async function readSigningKey(option: string, path: string): Promise<ProofClient & { kid: string | undefined }> {
  const text = (await readOptionFile(option, path)).toString()
  const client = readKey(option, text)
  const kid: unknown = text.trimStart().startsWith('{') ? JSON.parse(text).kid : undefined
  return { ...client, kid: typeof kid === 'string' ? kid : undefined }
}

async function createKeyFile(path: string): Promise<KeyFile> {
  const client = createProofClient()
  const jwk = { ...client.privateKey.export({ format: 'jwk' }), alg: client.alg }
  // "wx": never overwrites a key that was written in the meantime.
  await writeFile(path, `${JSON.stringify(jwk)}\n`, { mode: ownerOnly, flag: 'wx' }).catch((error) => {
    throw unusableFile('--key does not exist, and cannot be made', error)
  })
  return { client, notice: `made a new key in ${path}` }
}

function readKey(path: string, text: string): ProofClient {
  try {
    if (text.trimStart().startsWith('{')) {
      const jwk: Jwk = JSON.parse(text)
      const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
      return proofClientOf(privateKey, isRsa(privateKey) && jwk.alg === 'RS256' ? 'RS256' : algorithmOf(privateKey))
    }
    const privateKey = createPrivateKey(text)
    return proofClientOf(privateKey, algorithmOf(privateKey))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `${path} is not a private key: it must be a JWK with its private members, or PEM without a passphrase`,
    )
  }
}

const isRsa = ({ asymmetricKeyType }: KeyObject) => asymmetricKeyType === 'rsa'

const curves: Partial<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/** Where the runtime has them (RFC 9964). */
const postQuantum: Partial<Record<string, SignatureAlgorithm>> = {
  'ml-dsa-44': 'ML-DSA-44',
  'ml-dsa-65': 'ML-DSA-65',
  'ml-dsa-87': 'ML-DSA-87',
}

function algorithmOf(key: KeyObject): SignatureAlgorithm {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  const alg =
    asymmetricKeyType === 'ed25519'
      ? 'Ed25519'
      : isRsa(key)
        ? 'PS256'
        : (postQuantum[asymmetricKeyType ?? ''] ?? curves[asymmetricKeyDetails?.namedCurve ?? ''])
  if (alg === undefined) throw new UsageError(`a key of type ${asymmetricKeyType} cannot sign proofs`)
  return alg
}
