import type { GuardOptions } from '@dpop-guard/core'
import { invalidOption, missingOption, readObjectOption } from '@dpop-guard/core/internal'
import { systemClock } from './clock.js'
import type { SignatureAlgorithm } from './compact-jws.js'
import { type IssuerServer, startIssuerServer } from './issuer-server.js'
import { createProofClient } from './proof-client.js'
import { createTestClient, type TestClient } from './test-client.js'
import { createTokenIssuer, type TokenIssuer } from './token-issuer.js'

export interface TestIssuerOptions {
  /** Your API's identifier: the guard's `resource`, and the `aud` of the tokens. Default `https://api.example.com`. */
  resource?: string | undefined
  /**
   * `loopback`: metadata and keys are on a free port of 127.0.0.1, for a guard that discovers them. `nowhere`: nothing
   * listens, and `guardOptions` has the keys. Default `loopback`.
   */
  serve?: 'loopback' | 'nowhere' | undefined
  /** How access tokens are signed. Default ES256. */
  alg?: SignatureAlgorithm | undefined
  /** Seconds since the epoch, for tokens, proofs and `guardOptions`. Default: the system clock. */
  clock?: (() => number) | undefined
}

export interface TestClientOptions {
  /** Default `orders:read orders:write`. */
  scopes?: readonly string[] | undefined
  /** Merged over the claims of the access token; `undefined` removes one. Default for `sub`: `alice`. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /** How proofs are signed. Default ES256. */
  alg?: SignatureAlgorithm | undefined
  /** Where clients find your API, as the guard's `publicUrl`. Default: the origin of `resource`. */
  publicUrl?: string | undefined
  /** Where your API listens in the test, so that `fetch` accepts a path. URLs on loopback hosts do not need it. */
  baseUrl?: string | undefined
  /** Sends requests that are not invalid on purpose. Default: the global `fetch`. */
  fetch?: typeof fetch | undefined
}

/** An authorization server for tests. */
export interface TestIssuer extends TokenIssuer {
  /** What a guard needs to trust this issuer: `dpopGuard({ ...issuer.guardOptions })`. */
  readonly guardOptions: Pick<GuardOptions, 'issuer' | 'resource' | 'clock'>
  /** A client with a new key, and an access token of one hour that is bound to it. */
  createClient(options?: TestClientOptions): TestClient
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** An issuer that serves its metadata and keys, and can misbehave. */
export interface ServedTestIssuer extends TestIssuer, Pick<IssuerServer, 'requests' | 'behave'> {
  /** Its `issuer` is a URL, so that an application that takes one from its configuration can have it too. */
  readonly guardOptions: { readonly issuer: string; readonly resource: string; readonly clock: () => number }
}

const tokenLifetimeSeconds = 3600

/**
 * Makes an issuer of access tokens. It serves the metadata of RFC 8414 and a key set, and signs any token. It
 * has no token endpoint and checks nothing. Throws a TypeError for wrong options.
 *
 * @example
 * const issuer = await createTestIssuer()
 * app.use(dpopGuard({ issuer: issuer.issuer, resource: 'https://api.example.com' }))
 * const client = issuer.createClient({ scopes: ['orders:read'] })
 * const response = await client.fetch('http://127.0.0.1:3000/orders')
 */
export async function createTestIssuer(options: TestIssuerOptions & { serve: 'nowhere' }): Promise<TestIssuer>
export async function createTestIssuer(
  options?: TestIssuerOptions & { serve?: 'loopback' | undefined },
): Promise<ServedTestIssuer>
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const known = ['resource', 'serve', 'alg', 'clock'] satisfies (keyof TestIssuerOptions)[]
  const given: TestIssuerOptions = readObjectOption('', options, known)
  const { resource = 'https://api.example.com', serve = 'loopback', alg, clock = systemClock } = given
  if (typeof resource !== 'string' || resource === '')
    throw invalidOption('resource', resource, "your API's identifier")
  const tokenOptions = { audience: resource, alg, clock }
  if (serve === 'loopback') {
    const server = await startIssuerServer(tokenOptions)
    return withClients(server, { resource, clock, issuer: server.issuer, close: server.close })
  }
  if (serve !== 'nowhere') throw invalidOption('serve', serve, '"loopback" or "nowhere"')
  const issuer = createTokenIssuer(tokenOptions)
  const inline = { issuer: issuer.issuer, jwks: issuer.jwks }
  return withClients(issuer, { resource, clock, issuer: inline, close: async () => {} })
}

interface Surroundings<Trusted> {
  readonly resource: string
  readonly clock: () => number
  readonly issuer: Trusted
  readonly close: () => Promise<void>
}

function withClients<Issuer extends TokenIssuer, Trusted extends GuardOptions['issuer']>(
  issuer: Issuer,
  { resource, clock, issuer: trusted, close }: Surroundings<Trusted>,
): Issuer & TestIssuer & { guardOptions: { issuer: Trusted; resource: string; clock: () => number } } {
  return {
    ...issuer,
    guardOptions: { issuer: trusted, resource, clock },
    createClient(options = {}) {
      const known = ['scopes', 'claims', 'alg', 'publicUrl', 'baseUrl', 'fetch'] satisfies (keyof TestClientOptions)[]
      const given: TestClientOptions = readObjectOption('', options, known)
      const { scopes, alg, publicUrl = originOf(resource), baseUrl, fetch = globalThis.fetch } = given
      for (const [name, url] of Object.entries({ publicUrl, baseUrl })) {
        if (url !== undefined && !URL.canParse(url)) throw invalidOption(name, url, 'a URL')
      }
      if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string'))) {
        throw invalidOption('scopes', scopes, 'a list of strings')
      }
      const key = createProofClient(alg, { clock })
      const claims = { ...(scopes && { scope: scopes.join(' ') }), ...given.claims }
      const now = Math.floor(clock())
      const bound = { now, exp: now + tokenLifetimeSeconds, cnf: { jkt: key.jkt }, ...claims }
      const accessToken = issuer.mint(bound)
      return createTestClient({ key, accessToken, claims, issuer, clock, publicUrl, baseUrl, fetch })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function originOf(resource: string): string {
  if (/^https?:/i.test(resource) && URL.canParse(resource)) return new URL(resource).origin
  throw missingOption('publicUrl', 'where clients find the API, because "resource" is not an http(s) URL')
}
