/** Services that a guard asks about access tokens. Each does what the token says, and remembers the tokens it has seen. */
import type {
  AccessTokenInfo,
  CertificateConfirmation,
  RevocationCheck,
  ScopesOf,
  VerifyAccessToken,
} from '@dpop-guard/core'
import { ClientSecretBasic, type IntrospectionOptions, introspection } from '@dpop-guard/core/introspection'
import { listenOnLoopback } from '../support/listen.js'
import { readOpaqueToken } from './opaque-token.js'

/** An access token function. */
export function createTokenDirectory(): VerifyAccessToken {
  const isNew = createMemory()
  let spoilt: Record<string, unknown> = {}
  return (token) => {
    const { answers, fails, once, spoiltLater } = readOpaqueToken(token)
    Object.assign(spoilt, { scope: '', cnf: { jkt: 'A'.repeat(43) }, exp: 0 })
    if (fails === 'throws') throw new Error('the directory is down')
    if (fails === 'rejects') return Promise.reject(new Error('the directory is down'))
    if (once && !isNew(token)) return undefined
    const info = answers as AccessTokenInfo | undefined
    if (info !== undefined && spoiltLater) spoilt = info.claims
    return info
  }
}

/** An introspection endpoint. It answers 500 to a request that a resource server must not send. */
export async function startIntrospection(options: Partial<IntrospectionOptions> = {}) {
  const { server, origin, close } = await listenOnLoopback()
  const isNew = createMemory()
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? ''
    const { answers, once, status = 200, type = 'application/json', padding = 0 } = readOpaqueToken(token)
    const { method, headers } = request
    const proper = method === 'POST' && headers.authorization?.startsWith('Basic ') && headers.dpop === undefined
    const answer = once && !isNew(token) ? { active: false } : answers
    response.writeHead(proper ? status : 500, { 'content-type': type })
    response.end((typeof answer === 'string' ? answer : JSON.stringify(answer ?? '')) + ' '.repeat(padding))
  })
  const accessToken = introspection({
    issuer: 'https://as.example.com',
    endpoint: `${origin}/introspect`,
    clientId: 'orders-api',
    clientAuthentication: ClientSecretBasic('the secret of the API'),
    ...options,
  })
  return { options: { verifyAccessToken: accessToken }, close }
}

/** Does what the claim `revocation` says: `{ answers }`, `throws`, `rejects`, or `later`: true from the second time on. */
export function createRevocationCheck(): RevocationCheck {
  const isNew = createMemory()
  return ({ token, claims: { revocation = { answers: false } } }) => {
    if (revocation === 'throws') throw new Error('the list is down')
    if (revocation === 'rejects') return Promise.reject(new Error('the list is down'))
    if (revocation === 'later') return !isNew(token)
    return (revocation as { answers?: unknown }).answers as boolean
  }
}

/** Does what the claim `permissions` says: `{ answers }`, `throws`, `rejects`, `resolves`. */
export const scopesOf: ScopesOf = ({ permissions }) => {
  if (permissions === 'throws') throw new Error('the roles are down')
  if (permissions === 'rejects') return Promise.reject(new Error('the roles are down')) as unknown as string[]
  if (permissions === 'resolves') return Promise.resolve([]) as unknown as string[]
  return (permissions as { answers?: unknown } | undefined)?.answers as string[]
}

/** The field in which our proxy sends the thumbprint of the client's certificate. */
export const certificateField = 'Client-Cert-Thumbprint'

/** Compares the thumbprints. The values `throws`, `rejects` and `says OK` make it do that. */
export const confirmCertificate: CertificateConfirmation = (thumbprint, { headers }) => {
  const shown = headers[headers.findIndex((name) => name.toLowerCase() === certificateField.toLowerCase()) + 1]
  if (shown === 'throws') throw new Error('the proxy says nothing')
  if (shown === 'rejects') return Promise.reject(new Error('the proxy says nothing'))
  if (shown === 'says OK') return 'OK' as unknown as boolean
  return shown === thumbprint
}

function createMemory(): (text: string) => boolean {
  const seen = new Set<string>()
  return (text) => !seen.has(text) && seen.add(text) !== undefined
}
