import { type KeyObject, randomUUID } from 'node:crypto'
import { systemClock } from './clock.js'
import { generateSigningKey, type JsonPart, type SignatureAlgorithm, signCompact } from './compact-jws.js'
import type { Jwk } from './jwk.js'

export interface TokenIssuerOptions {
  /** Default `https://as.example.com`. */
  issuer?: string | undefined
  /** The `aud` of its tokens. Default `https://api.example.com`. */
  audience?: string | readonly string[] | undefined
  /** Default ES256. */
  alg?: SignatureAlgorithm | undefined
  /** Default `k1`. */
  kid?: string | undefined
  /** Seconds since the epoch. Default: the system clock. */
  clock?: (() => number) | undefined
}

export interface MintOptions {
  /** Merged over the header; `undefined` removes a member. */
  header?: Record<string, unknown> | undefined
  /** Signs instead of the issuer's current key. */
  privateKey?: KeyObject | undefined
  /** Default: the current key's. */
  kid?: string | undefined
}

/** The part of an authorization server that issues tokens, without the server. */
export interface TokenIssuer {
  /** Its identifier, the `iss` of its tokens. */
  issuer: string
  /** The algorithm of its signatures. */
  alg: SignatureAlgorithm
  /** The published key set. `rotate` changes it in place. */
  jwks: { keys: Jwk[] }
  /**
   * An RFC 9068 access token, valid for 300 s from `now` (seconds, default the issuer's clock). Every claim can be overridden;
   * `undefined` removes it. `cnf: { jkt }` binds it.
   */
  mint(claims?: { now?: number; [claim: string]: unknown }, options?: MintOptions): string
  /** Signs exactly this header and payload with the current key. */
  sign(header: JsonPart, payload: JsonPart): string
  /** Signs with a new key from now on. Returns its `kid`. */
  rotate(kid: string, oldKeys: 'keep-old' | 'withdraw-old'): string
}

/** Makes an issuer with a key of its own, which signs any token. */
export function createTokenIssuer(options: TokenIssuerOptions = {}): TokenIssuer {
  const { issuer = 'https://as.example.com', audience = 'https://api.example.com' } = options
  const { alg = 'ES256', kid = 'k1', clock = systemClock } = options
  const newKey = (kid: string) => {
    const { privateKey, publicKey } = generateSigningKey(alg)
    const jwk: Jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
    return { kid, privateKey, jwk }
  }
  let current = newKey(kid)
  const jwks = { keys: [current.jwk] }

  return {
    issuer,
    alg,
    jwks,
    mint(
      { now = Math.floor(clock()), ...claims } = {},
      { header, privateKey = current.privateKey, kid = current.kid } = {},
    ) {
      const payload = {
        iss: issuer,
        aud: audience,
        sub: 'alice',
        client_id: 'client-1',
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        scope: 'orders:read orders:write',
        ...claims,
      }
      return signCompact({ alg, privateKey, header: { typ: 'at+jwt', alg, kid, ...header }, payload })
    },
    sign: (header, payload) => signCompact({ alg, privateKey: current.privateKey, header, payload }),
    rotate(kid, oldKeys) {
      current = newKey(kid)
      if (oldKeys === 'withdraw-old') jwks.keys.length = 0
      jwks.keys.push(current.jwk)
      return current.kid
    },
  }
}
