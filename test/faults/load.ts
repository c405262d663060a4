/** APIs under steady load while their Redis breaks. Records their answers, and whether a proof is ever accepted twice. */
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

/** `other` must never occur: a 500, another challenge, no answer. */
export type Answer = 'accepted' | 'replayed' | 'unavailable' | 'other'

/** A proof and all answers to it. */
export interface SentProof {
  readonly headers: readonly string[]
  readonly answers: Answer[]
}

export interface LoadedApi {
  readonly client: string
  readonly sent: readonly SentProof[]
  /** Requests that waited for the whole timeout of the store. */
  readonly timeouts: number
  /** Sends a request with a new proof. */
  sendNew(): Promise<void>
  /** Sends every answered proof again. */
  sendAllAgain(): Promise<void>
  close(): Promise<void>
}

export interface ApiOptions {
  client: RedisClient
  framework: string
  /** The ports of its Redis on 127.0.0.1. */
  ports: readonly number[]
  prefix?: string | undefined
}

/** How long stores wait for a reply, in seconds. A busy machine needs less. */
const timeoutSeconds = 2
/** How old a proof may be, in seconds. A test takes less, also on a busy machine. */
const maxAgeSeconds = 300

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
    proof: { maxAgeSeconds },
    replayStore: redisReplayStore({ sendCommand, prefix, timeoutSeconds }),
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

/** A condition for `waitFor`. It sees the answers since the start of the wait, in the order of their proofs. */
export type Outcome = (answers: readonly Answer[]) => boolean

export interface Load {
  /** Resolves when the condition is true for each API. Rejects after a minute. */
  waitFor(outcome: Outcome): Promise<void>
  /** Resolves when every pending request has its answer. */
  settle(): Promise<void>
  /** Resolves when every request has its answer. */
  stop(): Promise<void>
}

const ticksPerSecond = 50
/** A slow API gets fewer requests. */
const maxPending = 30
const inARow = 20

const lastAre =
  (wanted: Answer): Outcome =>
  (answers) =>
    answers.length >= inARow && answers.slice(-inARow).every((answer) => answer === wanted)

/** The last answers accept their proofs. */
export const accepting: Outcome = lastAre('accepted')
/** The last answers accept no proof. */
export const rejecting: Outcome = lastAre('unavailable')

/** At least so many of these answers. */
export const atLeast =
  (count: number, wanted: Answer): Outcome =>
  (answers) =>
    answers.filter((answer) => answer === wanted).length >= count

/** One request to each API, fifty times a second, if the machine is fast enough. */
export function startLoad(apis: readonly LoadedApi[]): Load {
  const pending = new Map(apis.map((api) => [api, new Set<Promise<void>>()]))
  const timer = setInterval(() => {
    for (const [api, requests] of pending) {
      if (requests.size >= maxPending) continue
      const request = api.sendNew().finally(() => requests.delete(request))
      requests.add(request)
    }
  }, 1000 / ticksPerSecond)

  const settle = async () => {
    await Promise.all([...pending.values()].flatMap((requests) => [...requests]))
  }
  return {
    async waitFor(outcome) {
      const start = new Map(apis.map((api) => [api, api.sent.length]))
      const isMissing = (api: LoadedApi) => {
        const since = api.sent.slice(start.get(api) ?? 0)
        return !outcome(since.flatMap(({ answers }) => answers.slice(0, 1)))
      }
      const deadline = Date.now() + 60_000
      for (let missing = apis.filter(isMissing); missing.length > 0; missing = missing.filter(isMissing)) {
        if (Date.now() > deadline) throw new Error(`never came: ${missing.map(({ client }) => client).join(', ')}`)
        await sleep(20)
      }
    },
    settle,
    async stop() {
      clearInterval(timer)
      await settle()
    },
  }
}

/** The results of one API in one fault, counted in proofs. */
export interface Counts {
  /** Proofs sent under load, each for the first time. */
  sent: number
  accepted: number
  unavailable: number
  /** Those of them that waited for the whole timeout. */
  timeouts: number
  /** A first use that was answered as a replay, or with something that must never occur. */
  wrong: number
  /** Sent again after the fault, and rejected each time. */
  rejectedLater: number
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
    rejectedLater: count((answers) => answers.at(-1) === 'replayed' && !isAcceptedLater(answers)),
    acceptedLater: count(isAcceptedLater),
    acceptedTwice: count((answers) => times(answers) > 1),
  }
}
