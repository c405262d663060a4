/** A guard with everything that its requests need: an issuer, a client and a clock that the test holds. */
import { type Auth, createGuard, type Guard, type GuardOptions, type GuardRequest } from '@dpop-guard/core'
import { createProofClient, type ProofClient, type ProofParts } from './proof-client.js'
import { createTestIssuer, type TestIssuer } from './test-issuer.js'

export const now = 1_800_000_000
export const resource = 'https://api.example.com'

export interface RequestParts {
  method?: string
  target?: string
  /** Claims of the access token. */
  token?: Record<string, unknown>
  /** Sent instead of a token that is minted here. */
  accessToken?: string
  /** Parts of the proof that differ from a good one's. */
  proof?: Partial<ProofParts>
  /** Sent behind the others. */
  headers?: readonly string[]
}

export interface Scene {
  guard: Guard<Auth | undefined>
  issuer: TestIssuer
  client: ProofClient
  clock: { now: number }
  /** A token for the scene's client and resource, valid at the clock's time. */
  mint(claims?: Record<string, unknown>): string
  /** A good request, with a new proof each time. */
  request(parts?: RequestParts): GuardRequest
}

export function createScene(options: Partial<GuardOptions> = {}, issuer = createTestIssuer()): Scene {
  const client = createProofClient()
  const clock = { now }
  const guard = createGuard({
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    resource,
    clock: () => clock.now,
    ...options,
  })
  const mint = (claims: Record<string, unknown> = {}) =>
    issuer.mint({ now: clock.now, cnf: { jkt: client.jkt }, ...claims })
  return {
    guard,
    issuer,
    client,
    clock,
    mint,
    request({
      method = 'GET',
      target = '/orders',
      token = {},
      accessToken = mint(token),
      proof = {},
      headers = [],
    } = {}) {
      const url = resource + target.split('?', 1)[0]
      const text = client.proof({ method, url, now: clock.now, accessToken, ...proof })
      const credentials = ['Authorization', `DPoP ${accessToken}`, 'DPoP', text]
      return { method, target, headers: ['Host', 'api.example.com', ...credentials, ...headers] }
    },
  }
}

/** What an assertion compares: the status and reason of a rejection, or that there is none. */
export async function outcome(guard: Guard<Auth | undefined>, request: GuardRequest): Promise<string> {
  const verdict = await guard.check(request)
  return verdict.accepted ? 'accepted' : `${verdict.status} ${verdict.reason}`
}

/** Passes a value whose type is wrong on purpose. */
export function mistyped<Type>(value: unknown): Type {
  return value as Type
}
