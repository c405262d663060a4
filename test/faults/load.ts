/** APIs under steady load while their Redis breaks: what they answer, and whether a proof is ever good for two requests. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { diagnosticsChannels, failures, type UnavailableEvent } from '@dpop-guard/core'
import { redisReplayStore, type SendCommand } from '@dpop-guard/redis'
import { frameworks } from '../integration/frameworks.js'
import { listenOnLoopback } from '../support/listen.js'
import { createProofClient } from '../support/proof-client.js'
import { sendRequest } from '../support/raw-http.js'
import { createTestIssuer } from '../support/test-issuer.js'
import type { RedisClient } from './redis-clients.js'

/** `other` is what must never come: a 500, another challenge, no answer. */
export type Answer = 'accepted' | 'replayed' | 'unavailable' | 'other'

/** A proof, and the answer to each time it was sent. */
export interface SentProof {
  readonly headers: readonly string[]
  readonly answers: Answer[]
}

export interface LoadedApi {
  readonly client: string
  readonly sent: readonly SentProof[]
  /** Requests that had to wait for as long as the store waits for a reply. */
  readonly timeouts: number
  /** Sends a request with a new proof. */
  sendNew(): Promise<void>
  /** Sends every proof that has an answer once more. */
  sendAllAgain(): Promise<void>
  close(): Promise<void>
}

export interface ApiOptions {
  client: RedisClient
  framework: string
  /** Of 127.0.0.1: where its Redis is. */
  ports: readonly number[]
  prefix?: string | undefined
}

/** How long stores wait for a reply, in seconds. */
const timeoutSeconds = 0.5

/** An API on this framework, with this client library between its guard and Redis. */
export async function startLoadedApi({ client, framework, ports, prefix }: ApiOptions): Promise<LoadedApi> {
  const connection = await client.connect(ports)
  const { server, port, origin, close } = await listenOnLoopback()
  const issuer = createTestIssuer()
  const sendCommand: SendCommand = (...args) => connection.sendCommand(...args)
  const createApi = frameworks[framework]
  if (createApi === undefined) throw new Error(`no framework ${framework}`)
  const guard = {
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    resource: origin,
    replay: redisReplayStore({ sendCommand, prefix, timeoutSeconds }),
  }
  server.on('request', await createApi({ guard, handle: ({ getAuth }) => ({ for: getAuth().subject }) }))

  let timeouts = 0
  const countTimeout = (event: unknown) => {
    const { clientId, error } = event as UnavailableEvent
    if (clientId === origin && error instanceof Error && error.message.startsWith('no answer in')) timeouts++
  }
  subscribe(diagnosticsChannels.unavailable, countTimeout)

  const holder = createProofClient()
  const now = () => Math.floor(Date.now() / 1000)
  const accessToken = issuer.mint({ now: now(), aud: origin, client_id: origin, cnf: { jkt: holder.jkt } })
  const sent: SentProof[] = []
  const send = async ({ headers, answers }: SentProof) => {
    answers.push(await readAnswer(sendRequest({ port, method: 'GET', target: '/orders', headers })))
  }
  return {
    client: client.name,
    sent,
    get timeouts() {
      return timeouts
    },
    async sendNew() {
      const proof = holder.proof({ method: 'GET', url: `${origin}/orders`, now: now(), accessToken })
      const headers = ['Host', `127.0.0.1:${port}`, 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
      const one: SentProof = { headers, answers: [] }
      sent.push(one)
      await send(one)
    },
    async sendAllAgain() {
      for (const one of sent.filter(({ answers }) => answers.length > 0)) await send(one)
    },
    async close() {
      unsubscribe(diagnosticsChannels.unavailable, countTimeout)
      await close()
      connection.close()
    },
  }
}

async function readAnswer(response: ReturnType<typeof sendRequest>): Promise<Answer> {
  try {
    const { status, header, body } = await response
    const challenges = header('WWW-Authenticate')
    if (status === 200) return 'accepted'
    if (status === 503 && challenges.length === 0) return 'unavailable'
    return status === 401 && body.includes(failures.proof_replayed.description) ? 'replayed' : 'other'
  } catch {
    return 'other'
  }
}

export interface Load {
  /** Resolves when each API has accepted so many requests in a row; rejects after fifteen seconds. */
  waitUntilWell(): Promise<void>
  /** Resolves when every request has its answer. */
  stop(): Promise<void>
}

const ticksPerSecond = 50
const wellAfter = 20

/** One request to each API, fifty times a second. */
export function startLoad(apis: readonly LoadedApi[]): Load {
  const pending = new Set<Promise<void>>()
  const timer = setInterval(() => {
    for (const api of apis) {
      const request = api.sendNew().finally(() => pending.delete(request))
      pending.add(request)
    }
  }, 1000 / ticksPerSecond)

  /** The newest answers; those that are still awaited do not count. */
  const isWell = ({ sent }: LoadedApi, from: number) => {
    const latest = sent.slice(from).filter(({ answers }) => answers.length > 0)
    return latest.length >= wellAfter && latest.slice(-wellAfter).every(({ answers }) => answers[0] === 'accepted')
  }
  return {
    async waitUntilWell() {
      const start = new Map(apis.map((api) => [api, api.sent.length]))
      const deadline = Date.now() + 15_000
      for (;;) {
        const ill = apis.filter((api) => !isWell(api, start.get(api) ?? 0))
        if (ill.length === 0) return
        if (Date.now() > deadline) throw new Error(`no recovery: ${ill.map(({ client }) => client).join(', ')}`)
        await sleep(20)
      }
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
    },
  }
}

/** What one API did in one fault, counted in proofs. */
export interface Counts {
  /** Proofs sent under load, each for the first time. */
  sent: number
  accepted: number
  unavailable: number
  /** Of those, so many had to wait for the whole timeout. */
  timeouts: number
  /** A first use that was called a replay, or worse. */
  wrong: number
  /** Sent again when all was well: refused, each time. */
  refusedLater: number
  /** Sent again after a 503, and accepted then. */
  acceptedLater: number
  /** Accepted more than once. */
  acceptedTwice: number
}

export function countAnswers({ sent, timeouts }: LoadedApi): Counts {
  const count = (holds: (answers: readonly Answer[]) => boolean) => sent.filter(({ answers }) => holds(answers)).length
  const isAcceptedLater = ([first, ...later]: readonly Answer[]) => first !== 'accepted' && times(later) > 0
  const times = (answers: readonly Answer[]) => answers.filter((answer) => answer === 'accepted').length
  return {
    sent: sent.length,
    accepted: count(([first]) => first === 'accepted'),
    unavailable: count(([first]) => first === 'unavailable'),
    timeouts,
    wrong: count(([first, ...later]) => first === 'replayed' || first === 'other' || later.includes('other')),
    refusedLater: count((answers) => answers.at(-1) === 'replayed' && !isAcceptedLater(answers)),
    acceptedLater: count(isAcceptedLater),
    acceptedTwice: count((answers) => times(answers) > 1),
  }
}
