import {
  CheckUnavailable,
  type IssuerKeys,
  inlineKeys,
  isJsonObject,
  parseKeySet,
  RemoteKeys,
} from '@dpop-guard/core/internal'
import { parseHttpUrl, readOptionFile, readUrlOption } from './option-values.js'

/** Where the keys are that verify an access token. */
export interface TokenKeys {
  /** A file or a URL. */
  readonly jwks?: string | undefined
  /** The issuer whose metadata names the key set (RFC 8414). Also the expected `iss`. */
  readonly issuer?: string | undefined
}

/** As a guard fetches keys, but only once. */
const tuning = { cacheSeconds: 1, cooldownSeconds: 1, timeoutSeconds: 10, maxStaleSeconds: 0 }

/**
 * Reads the keys as a guard does: from a JWK Set, or through the issuer's metadata. Only a file that the user named is read.
 * Undefined if no place is known.
 */
export async function readIssuerKeys({ jwks, issuer }: TokenKeys, now: number): Promise<IssuerKeys | undefined> {
  const url = jwks === undefined ? undefined : parseHttpUrl(jwks)
  if (jwks !== undefined && url === undefined) return readKeyFile(jwks, now)
  if (issuer !== undefined) readUrlOption('--issuer', issuer)
  const name = issuer ?? url?.href
  if (name === undefined) return undefined
  try {
    return await new RemoteKeys({ issuer: name, jwksUri: url, transport: 'secure' }, tuning).current(now)
  } catch (error) {
    throw error instanceof CheckUnavailable ? error.cause : error
  }
}

/** No error shows the content, because the file may be something else. */
async function readKeyFile(file: string, now: number): Promise<IssuerKeys> {
  const text = (await readOptionFile('--jwks', file)).toString()
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new Error(`${file} is not JSON`)
  }
  const keySet = parseKeySet(isJsonObject(document) ? document.keys : undefined)
  if (keySet === undefined) throw new Error(`${file} is not a JWK Set`)
  return inlineKeys(keySet).current(now)
}
