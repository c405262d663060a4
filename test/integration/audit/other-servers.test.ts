/**
 * Resource servers of others, as they are. The audit of each completes, and its valid requests pass. What else it finds depends
 * on what each of them promises, so no test says anything about it.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type AuditReport, givenToken } from '@dpop-guard/inspect'
import { createProofClient, createTestIssuer, createTokenIssuer } from '@dpop-guard/testing'
import express, { type ErrorRequestHandler } from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { allowInsecureRequests, validateJwtAccessToken, WWWAuthenticateChallengeError } from 'oauth4webapi'
import { Provider } from 'oidc-provider/lib/provider.js'
import { expect, test } from 'vitest'
import { auditApi, signedBy } from './audited-server.js'

const validRequests = ({ results }: AuditReport) =>
  results.filter(({ kind, outcome }) => kind === 'valid' && outcome !== 'not run')

/** The forms that every client uses. */
const plain = ['valid-request', 'valid-second-request', 'valid-extra-members', 'valid-iat-5-seconds-ago']

function expectCompleted(report: AuditReport) {
  expect(report.stopped).toBeUndefined()
  const rejected = validRequests(report).filter(({ findings }) =>
    findings.some(({ code }) => code === 'valid-rejected'),
  )
  expect(rejected.filter(({ name }) => plain.includes(name))).toEqual([])
  expect(report.results.length).toBeGreaterThan(900)
  expect(report.results.filter(({ findings }) => findings.some(({ code }) => code === 'no-answer'))).toEqual([])
}

test('the userinfo endpoint of oidc-provider, with an opaque token', async () => {
  const client = createProofClient()
  const report = await auditApi(async (issuer) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const provider = new Provider(issuer, {
      adapter: createAdapter,
      ttl: { Grant: 300, AccessToken: 300 },
      clientDefaults: { id_token_signed_response_alg: 'ES256' },
      clients: [
        {
          client_id: 'client-1',
          client_secret: randomBytes(32).toString('base64url'),
          redirect_uris: ['https://client.example'],
        },
      ],
      cookies: { keys: [randomBytes(32).toString('base64url')] },
      features: { devInteractions: { enabled: false }, dPoP: { enabled: true }, userinfo: { enabled: true } },
      findAccount: async (_ctx: unknown, accountId: string) => ({
        accountId,
        claims: async () => ({ sub: accountId }),
      }),
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    })
    const grant = new provider.Grant({ accountId: 'alice', clientId: 'client-1' })
    grant.addOIDCScope('openid')
    const token = new provider.AccessToken({
      accountId: 'alice',
      client: await provider.Client.find('client-1'),
      grantId: await grant.save(),
      gty: 'authorization_code',
      scope: 'openid',
    })
    token.setThumbprint('jkt', client.jkt)
    return { tokens: givenToken(await token.save(), client), handle: provider.callback(), path: '/me', client }
  })
  expectCompleted(report)
  // An opaque token has no parts, so that these requests would be valid.
  const unchanged = report.results.filter(({ name }) => ['token-one-part', 'token-payload-empty'].includes(name))
  expect(unchanged.map(({ outcome }) => outcome)).toEqual(['not run', 'not run'])
}, 240_000)

test('validateJwtAccessToken of oauth4webapi, behind a small server', async () => {
  const report = await auditApi(async (resource) => {
    const issuer = await createTestIssuer({ resource })
    const server = { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` }
    const handle: RequestListener = (request, response) => {
      const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      const check = async () => {
        const asked = new Request(`${resource}${request.url}`, { method: request.method ?? 'GET', headers })
        await validateJwtAccessToken(server, asked, resource, { requireDPoP: true, [allowInsecureRequests]: true })
      }
      check().then(
        () => response.end('{}'),
        (error) => {
          const challenged = error instanceof WWWAuthenticateChallengeError
          response.writeHead(challenged ? error.status : 401, { 'WWW-Authenticate': 'DPoP' }).end()
        },
      )
    }
    return { tokens: signedBy(issuer), handle }
  })
  expectCompleted(report)
}, 240_000)

test('the middleware of express-oauth2-jwt-bearer, in an Express app', async () => {
  const report = await auditApi((audience) => {
    const issuer = createTokenIssuer({ audience })
    const { keys } = issuer.jwks
    const app = express()
    app.use(auth({ issuer: issuer.issuer, publicKey: { keys }, audience, dpop: { required: true } }))
    app.get('/orders', (_request, response) => {
      response.json({})
    })
    // The default answer writes errors to the console.
    app.use(answerError)
    return { tokens: signedBy(issuer), handle: app }
  })
  expectCompleted(report)
}, 240_000)

const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error.status ?? 500)
  response.set(error.headers)
  response.end()
}

/** One adapter for each model. */
function createAdapter() {
  const entries = new Map<string, unknown>()
  return {
    find: async (id: string) => entries.get(id),
    async upsert(id: string, payload: unknown) {
      entries.set(id, payload)
    },
  }
}
