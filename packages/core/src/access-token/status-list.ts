import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { decodeBase64url } from '../encoding/base64url.js'
import { splitCompactJws } from '../encoding/compact-jws.js'
import { isJsonObject, parseJsonObject } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { verifySignature } from './jwt.js'
import type { JwtIssuer } from './unverified-token.js'

/** The statuses of many tokens (draft-ietf-oauth-status-list, section 4). */
export interface StatusList {
  /** Bits of one status. */
  readonly bits: number
  readonly bytes: Buffer
}

/** What a Status List Token states, after it was verified. */
export interface StatedList {
  readonly list: StatusList
  /** `exp`, in seconds since the epoch. */
  readonly expiresAt: number | undefined
  /** `ttl`: for how many seconds the list may be used. */
  readonly ttl: number | undefined
}

/** Of a list with its inflated bytes: 64 million statuses of one bit. */
export const maxListBytes = 8 * 1024 * 1024

/** Clocks of issuers may differ by so many seconds. */
const clockTolerance = 5

const bounds = { levels: 8, weight: 8192 }

/** The status with this index. Undefined if the list has no such index. */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}

/**
 * Verifies a Status List Token (section 8.3 of the draft): its type, the issuer's signature, `sub`, `iat` and `exp`. Inflates the
 * list up to 8 MiB. Rejects for any other token.
 */
export async function verifyStatusList(
  token: string,
  uri: string,
  issuer: JwtIssuer,
  now: number,
): Promise<StatedList> {
  const invalid = (what: string) => loggable(new Error(`the Status List Token of ${uri} ${what}`))
  const jws = splitCompactJws(token)
  const [header, payload, signature] = [jws?.header, jws?.payload, jws?.signature].map(decode)
  const parameters = header && parseJsonObject(header, bounds)
  if (jws === undefined || parameters === undefined || payload === undefined || signature === undefined) {
    throw invalid('is malformed')
  }
  const { typ, alg, crit } = parameters
  if (typeof typ !== 'string' || !/^(?:application\/)?statuslist\+jwt$/i.test(typ)) throw invalid('has another typ')
  const algorithm = issuer.algorithms.find((name) => name === alg)
  if (algorithm === undefined || crit !== undefined) throw invalid('has an alg or crit that is not accepted')
  const { signingInput } = jws
  try {
    await verifySignature({ name: '', issuer, header: parameters, algorithm, payload, signingInput, signature }, now)
  } catch (error) {
    throw Object.assign(invalid('has no valid signature of the issuer'), { cause: error })
  }
  const claims = parseJsonObject(payload, bounds)
  if (claims === undefined) throw invalid('is malformed')
  const { sub, iat, exp, ttl } = claims
  if (sub !== uri) throw invalid('is for another uri')
  if (!isNumber(iat) || iat > now + clockTolerance) throw invalid('has no iat, or one in the future')
  if (exp !== undefined && !(isNumber(exp) && exp > now - clockTolerance)) throw invalid('has expired')
  if (ttl !== undefined && !(isNumber(ttl) && ttl > 0)) throw invalid('has a ttl that is not a positive number')
  const list = await readList(claims.status_list)
  if (list === undefined) throw invalid('has no list of at most 8 MiB')
  return { list, expiresAt: exp, ttl }
}

function decode(part: string | undefined): Buffer | undefined {
  return part === undefined ? undefined : decodeBase64url(part)
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

const inflateList = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)

async function readList(value: unknown): Promise<StatusList | undefined> {
  const { bits, lst } = isJsonObject(value) ? value : {}
  const deflated = typeof lst === 'string' ? decodeBase64url(lst) : undefined
  if (deflated === undefined || (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8)) return undefined
  try {
    return { bits, bytes: await inflateList(deflated, { maxOutputLength: maxListBytes }) }
  } catch {
    return undefined
  }
}
