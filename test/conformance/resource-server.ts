/** A resource server with one guard, an authorization server that it trusts and a client, as a conformance suite sees them. */
import { type Auth, createGuard, type Guard, type GuardOptions, type Rejection } from '@dpop-guard/core'
import { type Challenge, parseChallenges } from '../support/challenge-parser.js'
import { createProofClient, type ProofClient, type ProofParts } from '../support/proof-client.js'
import { createTestIssuer, type MintOptions, type TestIssuer } from '../support/test-issuer.js'

export const now = 1_800_000_000

/** What differs from a good request. */
export interface RequestParts {
  /** Default GET. */
  method?: string
  /** Default `/accounts`. */
  target?: string
  /** Name of the proof's field. Default `DPoP`. */
  proofField?: string
  /** Default `DPoP`. */
  scheme?: string
  client?: ProofClient
  /** Claims of the access token. */
  claims?: Record<string, unknown>
  mint?: MintOptions
  /** Instead of a token that is made from the above. */
  accessToken?: string
  proof?: Partial<ProofParts>
  /** Instead of the one good proof; made from it. */
  proofs?: (proof: string) => readonly string[]
  headers?: readonly string[]
}

/** What a client sees. */
export interface Answer {
  /** 200 for a request that gets in. */
  status: number
  /** Values of a header. */
  header(name: string): readonly string[]
  challenges: readonly Challenge[]
  /** The error of the only challenge that has one. */
  error: string | undefined
}

export interface ResourceServer {
  guard: Guard<Auth | undefined>
  issuer: TestIssuer
  client: ProofClient
  clock: { now: number }
  mint(parts?: RequestParts): string
  send(parts?: RequestParts): Promise<Answer>
  /** A request without credentials. */
  sendBare(headers?: readonly string[], target?: string): Promise<Answer>
}

export function createResourceServer(
  options: Partial<GuardOptions> & { resource: string },
  issuer: TestIssuer = createTestIssuer(),
): ResourceServer {
  const client = createProofClient()
  const clock = { now }
  const guard = createGuard({
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    clock: () => clock.now,
    ...options,
  })
  const { origin, host, pathname } = new URL(options.resource)
  const defaultTarget = pathname === '/' ? '/accounts' : pathname
  const mint = ({ client: holder = client, claims, mint }: RequestParts = {}) =>
    issuer.mint({ now: clock.now, aud: options.resource, cnf: { jkt: holder.jkt }, ...claims }, mint)

  async function check(method: string, target: string, headers: readonly string[]): Promise<Answer> {
    const verdict = await guard.check({ method, target, headers: ['Host', host, ...headers] })
    return describeAnswer(verdict.accepted ? { ...verdict, status: 200 } : verdict)
  }

  return {
    guard,
    issuer,
    client,
    clock,
    mint,
    send(parts = {}) {
      const { method = 'GET', target = defaultTarget, scheme = 'DPoP', proofField = 'DPoP', headers = [] } = parts
      const { accessToken = mint(parts), proofs = (proof) => [proof] } = parts
      const url = origin + target.split('?', 1)[0]
      const proof = (parts.client ?? client).proof({ method, url, now: clock.now, accessToken, ...parts.proof })
      const fields = proofs(proof).flatMap((value) => [proofField, value])
      return check(method, target, ['Authorization', `${scheme} ${accessToken}`, ...fields, ...headers])
    },
    sendBare: (headers = [], target = defaultTarget) => check('GET', target, headers),
  }
}

/** What a client sees of a rejection, also of one that came from `checkScopes` or `checkStepUp`. */
export function describeAnswer({ status, headers }: Pick<Rejection, 'headers'> & { status: number }): Answer {
  const header = (name: string) => [headers[name.toLowerCase()] ?? []].flat()
  const challenges = header('www-authenticate').flatMap(parseChallenges)
  const errors = challenges.flatMap(({ params }) => params.get('error') ?? [])
  if (errors.length > 1) throw new Error('more than one challenge has an error')
  return { status, header, challenges, error: errors[0] }
}

/** The parameters of the one challenge of a scheme. */
export function paramsOf({ challenges }: Answer, scheme = 'DPoP'): Record<string, string> {
  const [challenge, ...others] = challenges.filter((candidate) => candidate.scheme === scheme)
  if (challenge === undefined || others.length > 0) throw new Error(`not one challenge of ${scheme}`)
  return Object.fromEntries(challenge.params)
}

/** A signature of as many bytes that does not verify. */
export function tamper(proof: string): string {
  const [header, payload, signature = ''] = proof.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0x5a, bytes.length - 1)
  return `${header}.${payload}.${bytes.toString('base64url')}`
}

/** The same claims under another header, with this signature. */
export function reHead(proof: string, change: (header: Record<string, unknown>) => object, signature: string): string {
  const [header = '', payload] = proof.split('.')
  const changed = change(JSON.parse(Buffer.from(header, 'base64url').toString()))
  return `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${payload}.${signature}`
}
