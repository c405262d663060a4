/** A guard with everything that its requests need: an issuer, a client, and a clock that the test controls. */
import { type Auth, createGuard, type Guard, type GuardOptions, type GuardRequest } from '@dpop-guard/core'
import { createProofClient, type ProofClient, type ProofParts } from './proof-client.js'
import { createTestIssuer, type MintOptions, type TestIssuer } from './test-issuer.js'

export const now = 1_800_000_000
export const resource = 'https://api.example.com'

/** The differences from a good request. */
export interface RequestParts {
  /** Default GET. */
  method?: string
  /** Default `/orders`. */
  target?: string
  /** The client that has the token and signs the proof. Default: the client of the scene. */
  client?: ProofClient
  /** Claims of the access token. */
  token?: Record<string, unknown> | undefined
  /** How the access token is signed. */
  mint?: MintOptions | undefined
  /** Sent instead of a token that is minted here. */
  accessToken?: string
  /** Default `DPoP`. */
  scheme?: string
  /** Parts of the proof that differ from a good proof. */
  proof?: Partial<ProofParts> | undefined
  /** Name of the proof's field. Default `DPoP`. */
  proofField?: string
  /** Makes the values that are sent instead of the good proof. */
  proofs?: (proof: string) => readonly string[]
  /** More headers, after the others. */
  headers?: readonly string[] | undefined
}

export interface Scene {
  /** The options of `guard`. */
  options: GuardOptions
  guard: Guard<Auth | undefined>
  /** Makes another guard with the same issuer, resource and clock. */
  another(options?: Partial<GuardOptions>): Guard<Auth | undefined>
  issuer: TestIssuer
  client: ProofClient
  clock: { now: number }
  /** A token for the scene's client and resource, valid at the clock's time. */
  mint(claims?: Record<string, unknown>): string
  /** A good request, with a new proof each time. */
  request(parts?: RequestParts): GuardRequest & { method: string; target: string }
}

/** A guard with these options. Its public origin is the origin of `resource`, if that is a URL. */
export function createScene(options: Partial<GuardOptions> = {}, issuer = createTestIssuer()): Scene {
  const client = createProofClient()
  const clock = { now }
  const basics = {
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    resource,
    clock: () => clock.now,
    // A cache takes its memory at once, and some tests make hundreds of guards.
    cache: { keys: 100, tokens: 100 },
  }
  const { origin, host } = new URL(options.resource?.startsWith('http') ? options.resource : resource)

  function mintFor(holder: ProofClient, claims: Record<string, unknown> = {}, how?: MintOptions): string {
    return issuer.mint({ now: clock.now, cnf: { jkt: holder.jkt }, ...claims }, how)
  }

  return {
    options: { ...basics, ...options },
    guard: createGuard({ ...basics, ...options }),
    another: (more = {}) => createGuard({ ...basics, ...options, ...more }),
    issuer,
    client,
    clock,
    mint: (claims) => mintFor(client, claims),
    request(parts = {}) {
      const {
        method = 'GET',
        target = '/orders',
        client: holder = client,
        scheme = 'DPoP',
        proofField = 'DPoP',
      } = parts
      const {
        accessToken = mintFor(holder, parts.token, parts.mint),
        proofs = (proof) => [proof],
        headers = [],
      } = parts
      const url = origin + target.split('?', 1)[0]
      const proof = holder.proof({ method, url, now: clock.now, accessToken, ...parts.proof })
      const fields = proofs(proof).flatMap((value) => [proofField, value])
      return {
        method,
        target,
        headers: ['Host', host, 'Authorization', `${scheme} ${accessToken}`, ...fields, ...headers],
      }
    },
  }
}

/** The caller of a good request with these parts. */
export async function authOf(parts: RequestParts = {}, scene = createScene()): Promise<Auth> {
  const verdict = await scene.guard.check(scene.request(parts))
  if (!verdict.accepted || verdict.auth === undefined) throw new Error('no caller')
  return verdict.auth
}

/** The caller of a request with a Bearer token that has these claims. */
export async function bearerAuthOf(claims: Record<string, unknown>): Promise<Auth> {
  const { guard, issuer } = createScene({ mode: 'bearer-and-dpop' })
  const headers = ['Authorization', `Bearer ${issuer.mint({ now, ...claims })}`]
  const verdict = await guard.check({ method: 'GET', target: '/', headers })
  if (!verdict.accepted || verdict.auth === undefined) throw new Error('no caller')
  return verdict.auth
}

/** The outcome as a string: `accepted`, or the status and reason of the rejection. */
export async function outcome(guard: Guard<Auth | undefined>, request: GuardRequest): Promise<string> {
  const verdict = await guard.check(request)
  return verdict.accepted ? 'accepted' : `${verdict.status} ${verdict.reason}`
}

/** Passes a value whose type is wrong on purpose. */
export function mistyped<Type>(value: unknown): Type {
  return value as Type
}
