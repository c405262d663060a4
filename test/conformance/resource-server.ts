/** A resource server with one guard, its authorization server and a client, from the view of a conformance suite. */
import type { Auth, Guard, GuardOptions, GuardRequest, Rejection } from '@dpop-guard/core'
import { type Challenge, parseChallenges } from '../support/challenge-parser.js'
import { createScene, type RequestParts as SceneParts } from '../support/guard-scene.js'
import type { ProofClient } from '../support/proof-client.js'
import { createTestIssuer, type TestIssuer } from '../support/test-issuer.js'

export { now } from '../support/guard-scene.js'

/** What differs from a good request. */
export interface RequestParts extends Omit<SceneParts, 'token'> {
  /** Claims of the access token. */
  claims?: Record<string, unknown>
}

/** The answer that a client sees. */
export interface Answer {
  /** 200 for an accepted request. */
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
  const scene = createScene(options, issuer)
  const { host, pathname } = new URL(options.resource)
  const defaultTarget = pathname === '/' ? '/accounts' : pathname
  const mint = ({ client: holder = scene.client, claims, mint }: RequestParts = {}) =>
    issuer.mint({ now: scene.clock.now, aud: options.resource, cnf: { jkt: holder.jkt }, ...claims }, mint)

  async function answerTo(request: GuardRequest): Promise<Answer> {
    const verdict = await scene.guard.check(request)
    return describeAnswer(verdict.accepted ? { ...verdict, status: 200 } : verdict)
  }

  return {
    ...scene,
    mint,
    send: (parts = {}) => answerTo(scene.request({ target: defaultTarget, accessToken: mint(parts), ...parts })),
    sendBare: (headers = [], target = defaultTarget) =>
      answerTo({ method: 'GET', target, headers: ['Host', host, ...headers] }),
  }
}

/** The client's view of a rejection, also of one from `checkScopes` or `checkStepUp`. */
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

/** Replaces the signature with one of the same length that does not verify. */
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
