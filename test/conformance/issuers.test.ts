/**
 * Metadata and key sets in the shapes that widely used servers publish, from discovery to an accepted token. Names, numbers and
 * keys are made up here.
 */
import type { JsonWebKey as Jwk, KeyObject } from 'node:crypto'
import type { GuardOptions } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../support/guard-scene.js'
import { serveDocuments } from '../support/issuer-documents.js'
import { generateSigningKey, type SignatureAlgorithm } from '../support/proof-client.js'
import { listenTo } from '../support/published-events.js'
import { createTestIssuer, type TestIssuer } from '../support/test-issuer.js'

interface Shape {
  issuer: string
  /** Members of its metadata, without `issuer`. */
  metadata: Record<string, unknown> & { jwks_uri: string }
  /** The well-known path of the metadata. */
  at: 'oauth' | 'openid'
  /** Its answer at the path that has no metadata. */
  elsewhere: () => Response
  alg: SignatureAlgorithm
  /** The key set, with the key that signs among the others. */
  keys: (signing: Jwk) => readonly object[]
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  options?: Partial<GuardOptions>
}

const otherKeys = new Map<SignatureAlgorithm, Jwk>()

/** A key that signs nothing here. There is one for each algorithm, because RSA keys take long to make. */
function publicJwk(alg: SignatureAlgorithm): Jwk {
  const jwk = otherKeys.get(alg) ?? generateSigningKey(alg).publicKey.export({ format: 'jwk' })
  otherKeys.set(alg, jwk)
  return jwk
}
const json404 = () => Response.json({ error: 'RESTEASY003210' }, { status: 404 })
const html = (status: number) => () =>
  new Response('<!doctype html><title>Not here</title>', { status, headers: { 'content-type': 'text/html' } })

const certificate = { x5c: ['MIICmzCCAYMCBgF'], x5t: 'AhUEvCGY8rVzV2fIg2cPUbOWkYA' }
const thumbprint256 = { 'x5t#S256': 'oz0KiTj4jhyxmWQ7tF4mMmsZC8BhqBXTkk8AcNsgkEE' }

const openid = (base: string) => ({
  authorization_endpoint: `${base}/authorize`,
  token_endpoint: `${base}/token`,
  userinfo_endpoint: `${base}/userinfo`,
  response_types_supported: ['code', 'id_token'],
  subject_types_supported: ['public', 'pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
})

const realm = 'https://sso.example.com/realms/orders'
const keycloak: Shape = {
  issuer: realm,
  metadata: {
    ...openid(`${realm}/protocol/openid-connect`),
    jwks_uri: `${realm}/protocol/openid-connect/certs`,
    introspection_endpoint: `${realm}/protocol/openid-connect/token/introspect`,
    dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA'],
    mtls_endpoint_aliases: { token_endpoint: `${realm}/protocol/openid-connect/token` },
  },
  at: 'openid',
  elsewhere: json404,
  alg: 'RS256',
  keys: (signing) => [
    { ...publicJwk('RS256'), kid: 'enc-1', alg: 'RSA-OAEP', use: 'enc', ...certificate, ...thumbprint256 },
    { ...signing, ...certificate, ...thumbprint256 },
  ],
  header: { typ: 'JWT' },
  claims: {
    typ: 'DPoP',
    azp: 'spa',
    client_id: undefined,
    sid: '0c1a',
    acr: '1',
    'allowed-origins': ['https://app.example.com'],
    realm_access: { roles: ['offline_access', 'orders'] },
    resource_access: { account: { roles: ['view-profile'] } },
    preferred_username: 'alice',
  },
  options: { tokenTyp: 'any' },
}

const entraTenant = 'https://login.example.com/5b1d0a52-5d0f-4a8b-9a53-0f2f8a4f8a3c'
const entra: Shape = {
  issuer: `${entraTenant}/v2.0`,
  metadata: {
    ...openid(`${entraTenant}/oauth2/v2.0`),
    jwks_uri: `${entraTenant}/discovery/v2.0/keys`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'login.example.com',
    kerberos_endpoint: `${entraTenant}/kerberos`,
  },
  at: 'openid',
  elsewhere: html(404),
  alg: 'RS256',
  keys: ({ alg: _alg, ...signing }) => {
    const common = {
      use: 'sig',
      ...certificate,
      issuer: `${entraTenant}/v2.0`,
      cloud_instance_name: 'login.example.com',
    }
    return [
      { ...publicJwk('RS256'), kid: 'next', ...common },
      { ...signing, ...common },
      { ...publicJwk('RS256'), kid: 'old', ...common },
    ]
  },
  header: { typ: 'JWT', x5t: certificate.x5t },
  claims: {
    aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    client_id: undefined,
    azp: '6e74172b-be56-4843-9ff4-e66a39bb12e4',
    azpacr: '1',
    scope: undefined,
    scp: 'orders.read orders.write',
    oid: 'a1',
    tid: '5b1d0a52-5d0f-4a8b-9a53-0f2f8a4f8a3c',
    ver: '2.0',
    uti: 'x',
  },
  options: { tokenTyp: 'any', audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3' },
}

const shapes: Record<string, Shape> = {
  Keycloak: keycloak,
  'Keycloak, with at+jwt and a nonce': {
    ...keycloak,
    header: { typ: 'at+jwt' },
    claims: { ...keycloak.claims, nonce: 'n-0S6_WzA2Mj' },
  },
  Auth0: {
    issuer: 'https://example.eu.auth.example.com/',
    metadata: {
      ...openid('https://example.eu.auth.example.com'),
      jwks_uri: 'https://example.eu.auth.example.com/.well-known/jwks.json',
      request_uri_parameter_supported: false,
      device_authorization_endpoint: 'https://example.eu.auth.example.com/oauth/device/code',
    },
    at: 'openid',
    elsewhere: () => new Response('Not Found', { status: 404 }),
    alg: 'RS256',
    keys: (signing) => [
      { ...signing, ...certificate },
      { ...publicJwk('RS256'), kid: 'next', use: 'sig', alg: 'RS256', ...certificate },
    ],
    claims: {
      aud: ['https://api.example.com', 'https://example.eu.auth.example.com/userinfo'],
      sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      permissions: ['orders:read'],
    },
  },
  'Okta, a custom authorization server': {
    issuer: 'https://example.okta.example.com/oauth2/default',
    metadata: {
      ...openid('https://example.okta.example.com/oauth2/default/v1'),
      jwks_uri: 'https://example.okta.example.com/oauth2/default/v1/keys',
      introspection_endpoint: 'https://example.okta.example.com/oauth2/default/v1/introspect',
      registration_endpoint: 'https://example.okta.example.com/oauth2/v1/clients',
    },
    at: 'openid',
    elsewhere: () => Response.json({ errorCode: 'E0000022', errorSummary: 'not supported' }, { status: 405 }),
    alg: 'RS256',
    keys: (signing) => [
      signing,
      { ...publicJwk('RS256'), kid: 'standby', use: 'sig', alg: 'RS256', status: 'STANDBY' },
    ],
    header: { typ: undefined },
    claims: {
      aud: 'api://default',
      client_id: undefined,
      cid: '0oa1',
      uid: '00u1',
      ver: 1,
      scope: undefined,
      scp: ['orders:read', 'openid'],
    },
    options: { tokenTyp: 'any', audience: 'api://default' },
  },
  'Entra ID': entra,
  'Entra ID, version 1.0': {
    ...entra,
    issuer: `https://sts.example.com/5b1d0a52-5d0f-4a8b-9a53-0f2f8a4f8a3c/`,
    claims: { ...entra.claims, ver: '1.0', azp: undefined, appid: 'app-1', appidacr: '0' },
  },
  'Duende IdentityServer': {
    issuer: 'https://identity.example.com',
    metadata: {
      ...openid('https://identity.example.com/connect'),
      jwks_uri: 'https://identity.example.com/.well-known/openid-configuration/jwks',
      introspection_endpoint: 'https://identity.example.com/connect/introspect',
      dpop_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
    },
    at: 'openid',
    elsewhere: () => new Response(null, { status: 404 }),
    alg: 'PS256',
    keys: (signing) => [
      { ...publicJwk('RS256'), kid: 'A1', use: 'sig', alg: 'RS256' },
      { ...publicJwk('ES256'), kid: 'B2', use: 'sig', alg: 'ES256', ...certificate },
      signing,
    ],
    claims: { aud: 'orders', scope: ['orders:read', 'openid'], idp: 'local', amr: ['pwd'], auth_time: now - 60 },
    options: { audience: 'orders' },
  },
  'Ory Hydra': {
    issuer: 'https://auth.example.com/',
    metadata: {
      ...openid('https://auth.example.com/oauth2'),
      jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
      credentials_endpoint_draft_00: 'https://auth.example.com/credentials',
    },
    at: 'openid',
    elsewhere: json404,
    alg: 'RS256',
    keys: (signing) => [
      { ...publicJwk('RS256'), kid: 'hydra.openid.id-token', use: 'sig', alg: 'RS256' },
      { ...signing, key_ops: ['verify'] },
    ],
    header: { typ: 'JWT' },
    claims: { aud: ['https://api.example.com'], ext: {}, nbf: now, scope: undefined, scp: ['orders:read'] },
    options: { tokenTyp: 'any' },
  },
  'oidc-provider': {
    issuer: 'https://op.example.com',
    metadata: {
      ...openid('https://op.example.com'),
      jwks_uri: 'https://op.example.com/jwks',
      introspection_endpoint: 'https://op.example.com/token/introspection',
      dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
      authorization_response_iss_parameter_supported: true,
    },
    at: 'openid',
    elsewhere: () => Response.json({ error: 'invalid_request' }, { status: 404 }),
    alg: 'ES256',
    keys: (signing) => [
      { ...publicJwk('RS256'), kid: 'r1', use: 'sig' },
      { ...publicJwk('ES256'), kid: 'e1', use: 'enc', alg: 'ECDH-ES' },
      signing,
      { ...publicJwk('Ed25519'), kid: 'o1', use: 'sig' },
      { kty: 'AKP', alg: 'ML-DSA-65', kid: 'q1', use: 'sig', pub: 'AAAA' },
    ],
  },
  'a server with RFC 8414 metadata at a tenant': {
    issuer: 'https://as.example.com/tenant1',
    metadata: { token_endpoint: 'https://as.example.com/tenant1/token', jwks_uri: 'https://keys.example.com/tenant1' },
    at: 'oauth',
    elsewhere: html(500),
    alg: 'Ed25519',
    keys: ({ alg: _alg, ...signing }) => [{ ...signing, alg: 'EdDSA' }],
  },
  'a server behind a site that answers every path with a page': {
    issuer: 'https://www.example.com/auth',
    metadata: { jwks_uri: 'https://www.example.com/auth/keys' },
    at: 'openid',
    elsewhere: html(200),
    alg: 'ES384',
    keys: (signing) => [{ ...signing, key_ops: ['verify', 'encrypt', 'wrapKey'] }],
  },
  'a server behind a gateway that answers every path with {}': {
    issuer: 'https://gateway.example.com/auth/',
    metadata: { jwks_uri: 'https://gateway.example.com/auth/keys' },
    at: 'openid',
    elsewhere: () => Response.json({}),
    alg: 'PS256',
    keys: ({ alg: _alg, ...signing }) => [{ ...signing, key_ops: ['sign', 'verify'] }],
  },
}

function metadataUrl({ issuer, at }: Shape): string {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return at === 'oauth'
    ? `${origin}/.well-known/oauth-authorization-server${path}`
    : `${origin}${path}/.well-known/openid-configuration`
}

/** A guard that knows only the issuer's identifier. `ask` sends a token of that issuer. */
function createIssuerScene(shape: Shape, tokenIssuer: TestIssuer) {
  const { issuer, metadata, elsewhere, keys, header, claims, options } = shape
  const jwks = { keys: keys(tokenIssuer.jwks.keys[0] ?? {}) }
  const documents = {
    [metadataUrl({ ...shape, at: 'oauth' })]: elsewhere,
    [metadataUrl({ ...shape, at: 'openid' })]: elsewhere,
    [metadataUrl(shape)]: () => Response.json({ issuer, ...metadata }),
    [metadata.jwks_uri]: () => Response.json(jwks),
  }
  const asked = serveDocuments(documents)
  const scene = createScene({ issuer, ...options }, tokenIssuer)
  const ask = (changed: Record<string, unknown> = {}, privateKey?: KeyObject) => {
    const minted = { now, cnf: { jkt: scene.client.jkt }, ...claims }
    const accessToken = tokenIssuer.mint(minted, { header: { ...header, ...changed }, privateKey })
    return outcome(scene.guard, scene.request({ accessToken }))
  }
  return { ask, asked }
}

describe.each(Object.entries(shapes))('%s', (_, shape) => {
  const tokenIssuer = createTestIssuer({ issuer: shape.issuer, alg: shape.alg, kid: 'signing-1' })
  test('is found by its identifier, and its token is accepted', async () => {
    const { ask, asked } = createIssuerScene(shape, tokenIssuer)
    const events = listenTo('rejected', 'unavailable')
    expect(await ask()).toBe('accepted')
    expect(events).toEqual([])
    expect(asked.slice(-2)).toEqual([metadataUrl(shape), shape.metadata.jwks_uri])
  })

  test('has its token accepted without a key id', async () => {
    expect(await createIssuerScene(shape, tokenIssuer).ask({ kid: undefined })).toBe('accepted')
  })

  test('causes no outage with any of its keys', async () => {
    const { ask, asked } = createIssuerScene(shape, tokenIssuer)
    const outages = listenTo('unavailable')
    const otherKey = generateSigningKey(shape.alg).privateKey
    const kids = [
      'signing-1',
      'enc-1',
      'next',
      'old',
      'standby',
      'e1',
      'o1',
      'q1',
      'r1',
      'A1',
      'B2',
      'nobody',
      undefined,
    ]
    for (const kid of kids) expect(await ask({ kid }, otherKey)).toMatch(/^401 token_(signature|key_unknown)$/)
    expect(outages).toEqual([])
    expect(asked.filter((url) => url === shape.metadata.jwks_uri).length).toBeLessThanOrEqual(2)
  })
})
