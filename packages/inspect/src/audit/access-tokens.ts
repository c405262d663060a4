/** Where an audit gets its access tokens from. */
import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import {
  createTokenIssuer,
  type Jwk,
  type MintOptions,
  type ProofClient,
  type SignatureAlgorithm,
  signCompact,
  type TokenIssuer,
} from '@dpop-guard/testing'
import { decodeJwt } from '../jwt.js'
import { NothingMoreRuns, NotRun } from './row.js'

export interface AccessTokens {
  /** `given`: one token. `endpoint`: one for each key. `signed`: any token, by the key that the API trusts. */
  readonly kind: 'given' | 'endpoint' | 'signed'
  /** Makes tokens for invalid requests. Throws {@link NotRun} if that needs the signing key. */
  readonly issuer: TokenIssuer
  /** A good access token, bound to the key of this client. Throws {@link NotRun} if there is no way to get one. */
  tokenFor(client: ProofClient): Promise<string>
}

const signingKeyNeeded = 'tokens with other claims: --signing-key'

/** Every token is the one that the user has. */
export function givenToken(token: string, holder: ProofClient): AccessTokens {
  return {
    kind: 'given',
    issuer: issuerOf(token),
    async tokenFor({ jkt }) {
      if (jkt !== holder.jkt) throw new NotRun('a token for another key: --token-endpoint or --signing-key')
      return token
    },
  }
}

const renewBeforeSeconds = 30

/** Asks a token endpoint, once for each key until its token expires. */
export function endpointTokens(
  request: (client: ProofClient) => Promise<{ token: string; expiresInSeconds: number }>,
  clock: () => number,
): AccessTokens {
  const tokens = new Map<string, { token: string; until: number }>()
  let issuer = issuerOf('')
  return {
    kind: 'endpoint',
    get issuer() {
      return issuer
    },
    async tokenFor(client) {
      const known = tokens.get(client.jkt)
      if (known !== undefined && clock() < known.until) return known.token
      const { token, expiresInSeconds } = await request(client).catch((error: unknown) => {
        // Without any token, there is no audit. Later ones are for other keys, whose algorithm the endpoint may reject.
        if (tokens.size === 0) throw error
        if (known !== undefined) throw new NothingMoreRuns('a token endpoint that still issues tokens')
        throw new NotRun('a token for another key, which the token endpoint does not issue: --signing-key')
      })
      tokens.set(client.jkt, { token, until: clock() + Math.max(expiresInSeconds - renewBeforeSeconds, 1) })
      issuer = issuerOf(token)
      return token
    },
  }
}

/** The issuer of a token, as far as the token shows it. */
function issuerOf(token: string): TokenIssuer {
  const { header, payload } = decodeJwt(token) ?? {}
  const missing = (): never => {
    throw new NotRun(signingKeyNeeded)
  }
  return {
    issuer: typeof payload?.iss === 'string' ? payload.iss : '',
    alg: (typeof header?.alg === 'string' ? header.alg : 'ES256') as SignatureAlgorithm,
    get jwks(): { keys: Jwk[] } {
      throw new NotRun('the public key of the issuer: --signing-key')
    },
    mint: missing,
    sign: missing,
    rotate: missing,
  }
}

/** The key that the API trusts, and the claims of its tokens. */
export interface TokenSigner {
  readonly privateKey: KeyObject
  readonly alg: SignatureAlgorithm
  readonly kid?: string | undefined
  /** Merged over the claims of every token. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Default `at+jwt`. */
  readonly typ?: string | undefined
}

/** Signs every token itself, so that all requests can be made. */
export function signedTokens({ privateKey, alg, kid, claims, typ = 'at+jwt' }: TokenSigner): AccessTokens {
  const { iss, iat, exp, nbf, cnf, jti, ...common } = claims
  const base = createTokenIssuer({ alg, ...(typeof iss === 'string' && { issuer: iss }) })
  const mint: TokenIssuer['mint'] = (own = {}, options: MintOptions = {}) => {
    const key = { kid: kid as string, ...options, privateKey: options.privateKey ?? privateKey }
    return base.mint({ ...common, ...own }, { ...key, header: { typ, kid: key.kid, ...options.header } })
  }
  const jwk: Jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), ...(kid !== undefined && { kid }), alg }
  const issuer: TokenIssuer = {
    ...base,
    jwks: { keys: [jwk] },
    mint,
    sign: (header, payload) => signCompact({ alg, privateKey, header, payload }),
    rotate() {
      throw new NotRun('an issuer that changes its key')
    },
  }
  return { kind: 'signed', issuer, tokenFor: async ({ jkt }) => mint({ cnf: { jkt } }) }
}
