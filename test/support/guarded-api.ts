/** A guarded API on a real socket, and a client that holds a token and a key for it. */
import type { RequestListener, Server } from 'node:http'
import type { GuardOptions } from '@dpop-guard/core'
import { onTestFinished } from 'vitest'
import { parseChallenges } from './challenge-parser.js'
import { createScene, now } from './guard-scene.js'
import { listenOnLoopback } from './listen.js'
import type { ProofParts } from './proof-client.js'
import { type RawResponse, sendRequest } from './raw-http.js'

export { now } from './guard-scene.js'

export interface CallOptions {
  /** Scopes of the token. Default `orders:read orders:write`. */
  scope?: string | undefined
  /** More claims of the token. */
  claims?: Record<string, unknown> | undefined
  /** Sent in addition to the credentials. Flat like Node's `rawHeaders`. */
  headers?: readonly string[] | undefined
  body?: string | undefined
  /** Parts of the proof that differ from a good proof. */
  proof?: Partial<ProofParts> | undefined
}

export interface GuardedApi {
  server: Server
  port: number
  origin: string
  /** `Host` and good credentials for one request, flat like `rawHeaders`. Each call mints a new proof. */
  credentials(method: string, target: string, options?: Pick<CallOptions, 'scope' | 'claims' | 'proof'>): string[]
  /** Sends a request with good credentials of its own. */
  call(method: string, target: string, options?: CallOptions): Promise<RawResponse>
  /** Sends exactly these headers, and adds only `Host`. */
  send(method: string, target: string, headers?: readonly string[], body?: string): Promise<RawResponse>
}

/** The options that an API needs to guard itself. */
export type Scene = GuardOptions

/** Starts the API that `create` makes, until the test is finished. `time` is the time of the client and of the guard. */
export async function startApi(
  create: (scene: Scene) => RequestListener | Promise<RequestListener>,
  { time = now }: { time?: number } = {},
): Promise<GuardedApi> {
  const { server, port, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const scene = createScene({ resource: origin, clock: () => time })
  scene.clock.now = time
  server.on('request', await create(scene.options))
  const host = ['Host', `127.0.0.1:${port}`]

  function credentials(method: string, target: string, { scope, proof, claims }: CallOptions = {}): string[] {
    const scopes = scope === undefined ? {} : { scope }
    return [...scene.request({ method, target, token: { aud: origin, ...scopes, ...claims }, proof }).headers]
  }
  return {
    server,
    port,
    origin,
    credentials,
    call(method, target, { headers = [], body, ...options } = {}) {
      const all = [...credentials(method, target, options), ...headers]
      return sendRequest({ port, method, target, headers: all, body })
    },
    send(method, target, headers = [], body) {
      return sendRequest({ port, method, target, headers: [...host, ...headers], body })
    },
  }
}

/** The only challenge of a response, with its parameters as an object. Throws unless there is exactly one. */
export function challengeOf(response: RawResponse): Record<string, string> {
  const challenges = response.header('WWW-Authenticate').flatMap(parseChallenges)
  const [challenge] = challenges
  if (challenge === undefined || challenges.length > 1) throw new Error(`${challenges.length} challenges, not one`)
  return { scheme: challenge.scheme, ...Object.fromEntries(challenge.params) }
}
