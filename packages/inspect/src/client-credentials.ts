/** Access tokens by client credentials (RFC 6749 section 4.4), bound to the key of a proof (RFC 9449 section 5). */
import { discoverEndpoint, TimeBudget } from '@dpop-guard/core/internal'
import type { ProofClient } from '@dpop-guard/testing'
import { isToken68 } from './access-token-option.js'
import { checkDestination } from './destination.js'
import { readJson, withinSeconds } from './exchange.js'
import { readOptionFile, readUrlOption } from './option-values.js'
import { UsageError } from './terminal.js'

/** The options of a client that has credentials of its own. */
export const clientCredentialsOptions = {
  'token-endpoint': { type: 'string' },
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-file': { type: 'string' },
  'client-auth': { type: 'string' },
  scope: { type: 'string' },
  'token-resource': { type: 'string' },
} as const

type Values = { readonly [Name in keyof typeof clientCredentialsOptions]?: string | undefined }

export const clientSecretVariable = 'DPOP_CLIENT_SECRET'

export interface BoundToken {
  readonly token: string
  readonly expiresInSeconds: number
}

/** Requests a token that is bound to the key of this client. */
export type RequestToken = (client: ProofClient) => Promise<BoundToken>

const timeoutSeconds = 20

/** Undefined without `--client-id`. `hide` gets each secret. */
export async function readClientCredentials(
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
  hide: (secret: string) => void,
  insecure: boolean,
): Promise<RequestToken | undefined> {
  const { 'token-endpoint': endpoint, issuer, 'client-id': id } = values
  if (id === undefined) {
    if (endpoint !== undefined) throw new UsageError('--token-endpoint needs --client-id')
    return undefined
  }
  if (endpoint === undefined && issuer === undefined) {
    throw new UsageError('--client-id needs --token-endpoint, or --issuer to find it')
  }
  const secret = await readSecret(values, env)
  if (secret !== undefined) hide(secret)
  const authentication = readAuthentication(values['client-auth'], secret)
  let found: string | undefined = endpoint
  return async (client) => {
    found ??= await discoverTokenEndpoint(issuer ?? '')
    checkDestination('the token endpoint', found, insecure)
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    if (values.scope !== undefined) body.set('scope', values.scope)
    if (values['token-resource'] !== undefined) body.set('resource', values['token-resource'])
    if (authentication !== 'basic') body.set('client_id', id)
    if (authentication === 'post') body.set('client_secret', secret ?? '')
    const credentials = Buffer.from(`${encode(id)}:${encode(secret ?? '')}`).toString('base64')
    return askForToken(found, client, {
      body,
      headers: authentication === 'basic' ? { Authorization: `Basic ${credentials}` } : {},
    })
  }
}

const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)

async function readSecret(values: Values, env: Readonly<Record<string, string | undefined>>) {
  const file = values['client-secret-file']
  const text = file === undefined ? env[clientSecretVariable] : await readOptionFile('--client-secret-file', file)
  const secret = text?.toString().trim()
  return secret === '' ? undefined : secret
}

type Authentication = 'basic' | 'post' | 'none'

function readAuthentication(text: string | undefined, secret: string | undefined): Authentication {
  const method = text ?? (secret === undefined ? 'none' : 'basic')
  if (method !== 'basic' && method !== 'post' && method !== 'none') {
    throw new UsageError('--client-auth must be basic, post or none')
  }
  if (method !== 'none' && secret === undefined) {
    throw new UsageError(`--client-auth ${method} needs a secret: --client-secret-file, or ${clientSecretVariable}`)
  }
  return method
}

async function discoverTokenEndpoint(issuer: string): Promise<string> {
  readUrlOption('--issuer', issuer)
  const address = { issuer, transport: 'secure' } as const
  const { endpoint } = await discoverEndpoint(address, 'token_endpoint', new TimeBudget(timeoutSeconds), 0)
  return endpoint.href
}

interface TokenRequest {
  readonly body: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/** Asks once more with a nonce, if the server wants one (RFC 9449 section 8). */
async function askForToken(url: string, client: ProofClient, { body, headers }: TokenRequest): Promise<BoundToken> {
  return withinSeconds(timeoutSeconds, url, async (signal) => {
    const send = async (nonce: string | undefined) => {
      const [htu = ''] = url.split(/[?#]/, 1)
      const proof = client.proof({ method: 'POST', url: htu, nonce })
      const all = { Accept: 'application/json', ...headers, DPoP: proof }
      const response = await fetch(url, { method: 'POST', body, headers: all, signal, redirect: 'manual' })
      return { response, answer: await readJson(response) }
    }
    let { response, answer } = await send(undefined)
    const nonce = response.headers.get('DPoP-Nonce')
    if (answer.error === 'use_dpop_nonce' && nonce !== null) ({ response, answer } = await send(nonce))
    return readTokenAnswer(response.status, answer)
  })
}

const defaultLifetimeSeconds = 60

function readTokenAnswer(status: number, answer: Record<string, unknown>): BoundToken {
  const { access_token: token, token_type: type, expires_in: seconds, error, error_description: description } = answer
  if (status !== 200) {
    const words = [error, description].filter((part) => typeof part === 'string')
    throw new Error(['the token endpoint answers', status, ...words].join(' '))
  }
  if (typeof token !== 'string' || !isToken68(token)) throw new Error('the token endpoint sent no access token')
  if (typeof type !== 'string' || type.toLowerCase() !== 'dpop') {
    throw new Error('the token endpoint sent a token that is not bound to a key: turn on DPoP for this client')
  }
  return { token, expiresInSeconds: typeof seconds === 'number' ? seconds : defaultLifetimeSeconds }
}
