import { isJsonObject } from '@dpop-guard/core/internal'
import type { ProofClient } from '@dpop-guard/testing'
import { type AccessTokenSource, readAccessToken } from '../access-token-option.js'
import { type clientCredentialsOptions, readClientCredentials } from '../client-credentials.js'
import type { Display } from '../display.js'
import { decodeJwt } from '../jwt.js'
import { readSigningKey } from '../key-file.js'
import { readOptionFile } from '../option-values.js'
import { UsageError } from '../terminal.js'
import { type AccessTokens, endpointTokens, givenToken, signedTokens } from './access-tokens.js'

export const tokensOptions = {
  token: { type: 'string' },
  'token-file': { type: 'string' },
  'signing-key': { type: 'string' },
  claims: { type: 'string' },
  audience: { type: 'string' },
} as const

type Values = AccessTokenSource & {
  readonly [Name in keyof typeof tokensOptions | keyof typeof clientCredentialsOptions]?: string | undefined
} & { readonly 'insecure-http'?: boolean | undefined; readonly 'dry-run'?: boolean | undefined }

/** Where the audit gets its tokens: the key that signs them, a token endpoint, or one token. */
export async function readTokensOption(
  values: Values,
  client: ProofClient,
  clientKey: 'own' | 'made',
  env: Readonly<Record<string, string | undefined>>,
  display: Display,
): Promise<AccessTokens> {
  const token = await readAccessToken(values, env)
  display.hide(token)
  if (values['signing-key'] !== undefined) return signedOption(values['signing-key'], values, token)
  if (values.claims !== undefined) throw new UsageError('--claims needs --signing-key')
  const request = await readClientCredentials(
    values,
    env,
    (secret) => display.hide(secret),
    values['insecure-http'] === true,
  )
  if (request !== undefined) {
    // A dry run asks nobody.
    return values['dry-run'] ? givenToken(placeholder, client) : endpointTokens(request, () => Date.now() / 1000)
  }
  if (token !== undefined) {
    if (clientKey === 'made') throw new UsageError('an access token needs --key: the private key that it is bound to')
    return givenToken(token, client)
  }
  if (values['dry-run']) return givenToken(placeholder, client)
  throw new UsageError(
    'access tokens are required: --token-file with --key, or --token-endpoint with --client-id, or --signing-key',
  )
}

const placeholder = 'a-token-of-the-token-endpoint'

/** The claims of a token of the API are the pattern for others. */
async function signedOption(file: string, values: Values, token: string | undefined): Promise<AccessTokens> {
  const pattern = token === undefined ? undefined : decodeJwt(token)
  const { privateKey, alg, kid } = await readSigningKey('--signing-key', file)
  const claims = { ...pattern?.payload, ...(await readClaims(values.claims)) }
  if (values.issuer !== undefined) claims.iss = values.issuer
  if (values.audience !== undefined) claims.aud = values.audience
  if (values.scope !== undefined) claims.scope = values.scope
  if (typeof claims.iss !== 'string') throw new UsageError('--signing-key needs the issuer of its tokens: --issuer')
  if (claims.aud === undefined) throw new UsageError('--signing-key needs the audience of its tokens: --audience')
  const { typ, kid: kidOfPattern } = pattern?.header ?? {}
  const named = kid ?? kidOfPattern
  return signedTokens({
    privateKey,
    alg,
    claims,
    ...(typeof named === 'string' && { kid: named }),
    ...(typeof typ === 'string' && { typ }),
  })
}

async function readClaims(text: string | undefined): Promise<Record<string, unknown>> {
  if (text === undefined) return {}
  const json = text.startsWith('@') ? (await readOptionFile('the file in --claims', text.slice(1))).toString() : text
  try {
    const claims: unknown = JSON.parse(json)
    if (isJsonObject(claims)) return claims
  } catch {
    // The error shows nothing of it.
  }
  throw new UsageError('--claims must be a JSON object, or @ and the name of a file that has one')
}
