/** The token endpoint of the local issuer: client credentials (RFC 6749 section 4.4), with DPoP (RFC 9449 section 5). */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type ReplayStore, verifyProof } from '@dpop-guard/core'
import type { TokenIssuer } from '@dpop-guard/testing'

export interface TokenEndpointOptions {
  readonly issuer: TokenIssuer
  /** The URL of the endpoint. */
  readonly url: string
  readonly client: { readonly id: string; readonly secret: string }
  /** The scope of a token, if the client asks for none. */
  readonly scope: string
  readonly lifetimeSeconds: number
  readonly replayStore: ReplayStore
}

export interface TokenRequest {
  readonly method: string
  /** Flat, like Node's `rawHeaders`. */
  readonly headers: readonly string[]
  readonly body: string
}

export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const failed = (status: number, error: string, description: string): TokenAnswer => ({
  status,
  body: { error, error_description: description },
})

/** Issues a token that is bound to the key of the proof. */
export async function answerTokenRequest(
  request: TokenRequest,
  { issuer, url, client, scope, lifetimeSeconds, replayStore }: TokenEndpointOptions,
): Promise<TokenAnswer> {
  const { method, headers } = request
  if (method !== 'POST') return failed(405, 'invalid_request', 'use POST')
  const form = new URLSearchParams(request.body)
  if (form.get('grant_type') !== 'client_credentials') {
    return failed(400, 'unsupported_grant_type', 'grant_type must be client_credentials')
  }
  const given = credentialsOf(headers, form)
  if (given === undefined || !isSame(given.id, client.id) || !isSame(given.secret, client.secret)) {
    return failed(401, 'invalid_client', 'wrong client_id or client_secret')
  }
  const proof = await verifyProof({ method, url, headers }, { replayStore })
  if (!proof.verified) {
    return failed(
      proof.error === undefined ? 503 : 400,
      proof.error ?? 'temporarily_unavailable',
      proof.description ?? '',
    )
  }
  const asked = form.get('scope') ?? scope
  const resource = form.get('resource') ?? form.get('audience')
  const now = Math.floor(Date.now() / 1000)
  const token = issuer.mint({
    now,
    exp: now + lifetimeSeconds,
    sub: client.id,
    client_id: client.id,
    scope: asked,
    cnf: { jkt: proof.jkt },
    ...(resource !== null && { aud: resource }),
  })
  return {
    status: 200,
    body: { access_token: token, token_type: 'DPoP', expires_in: lifetimeSeconds, scope: asked },
  }
}

interface Credentials {
  readonly id: string
  readonly secret: string
}

/** RFC 6749 section 2.3.1: in Authorization, or in the body. */
function credentialsOf(headers: readonly string[], form: URLSearchParams): Credentials | undefined {
  const authorization = headers.find(
    (_, index) => headers[index - 1]?.toLowerCase() === 'authorization' && index % 2 === 1,
  )
  if (authorization === undefined) {
    const [id, secret] = [form.get('client_id'), form.get('client_secret')]
    return id === null || secret === null ? undefined : { id, secret }
  }
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) }
}

const decode = (text: string) => new URLSearchParams(`a=${text.replaceAll('&', '%26')}`).get('a') ?? ''

const digest = (text: string) => createHash('sha256').update(text).digest()

const isSame = (one: string, other: string) => timingSafeEqual(digest(one), digest(other))
