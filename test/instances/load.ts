/** Clients that call an API behind nginx without a pause. openid-client retries once for a nonce. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import * as openid from 'openid-client'
import type { Certificate } from '../support/client-certificates.js'

export interface LoadOptions {
  /** The port of nginx, on 127.0.0.1. */
  port: number
  certificate: Certificate
  /** Called for each request. */
  token(client: { index: number; jkt: string }): string
  /** Default 4. */
  clients?: number
}

/** One call from the application's view. */
export interface LoadedCall {
  client: number
  /** Milliseconds. */
  startedAt: number
  token: string
  /** All statuses from the server, also those of retries. */
  answers: readonly number[]
  /** The process that sent the last answer; undefined if the call failed. */
  pid: number | undefined
}

export interface Load {
  readonly calls: readonly LoadedCall[]
  /** Resolves after that many more calls. */
  more(count: number): Promise<void>
  /** Resolves when each of these processes has answered a call that began after now. */
  reached(pids: readonly (number | undefined)[]): Promise<void>
  /** Resolves when every call has its answer. */
  stop(): Promise<void>
}

const url = new URL('https://api.example.com/orders')
const pauseMilliseconds = 10
const patienceMilliseconds = 120_000

export async function startLoad({ port, certificate, token, clients = 4 }: LoadOptions): Promise<Load> {
  const agent = new Agent({ ca: certificate.cert, keepAlive: true })
  const calls: LoadedCall[] = []
  let stopped = false

  async function createCaller(index: number): Promise<() => Promise<void>> {
    let answers: number[] = []
    const config = new openid.Configuration({ issuer: 'https://as.example.com' }, 'client-1')
    config[openid.customFetch] = async (target, { method, headers }) => {
      const { host, pathname } = new URL(target)
      const sent = request({ host: '127.0.0.1', port, servername: host, agent, method, path: pathname })
      for (const [name, value] of [...new Headers(headers), ['host', host] as const]) sent.setHeader(name, value)
      sent.end()
      const [received]: IncomingMessage[] = await once(sent, 'response')
      if (received === undefined) throw new Error('no response')
      const { statusCode = 0, headers: fields } = received
      answers.push(statusCode)
      return new Response(await text(received), { status: statusCode, headers: fields as Record<string, string> })
    }
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const jkt = await DPoP.calculateThumbprint()
    return async () => {
      answers = []
      const call = { client: index, startedAt: Date.now(), token: token({ index, jkt }) }
      let pid: number | undefined
      try {
        const response = await openid.fetchProtectedResource(config, call.token, url, 'GET', undefined, undefined, {
          DPoP,
        })
        if (response.status === 200) pid = JSON.parse(await response.text()).pid
      } catch (error) {
        // A challenge is thrown, and its status is already counted. Any other error is a bug in this test.
        if (answers.length === 0) throw error
      }
      calls.push({ ...call, answers, pid })
    }
  }

  async function run(call: () => Promise<void>) {
    while (!stopped) {
      await call()
      await sleep(pauseMilliseconds)
    }
  }
  async function until(condition: () => boolean) {
    const deadline = Date.now() + patienceMilliseconds
    while (!condition()) {
      if (Date.now() > deadline) throw new Error('the load does not reach the condition')
      await Promise.race([sleep(pauseMilliseconds), running])
    }
  }
  const callers = await Promise.all(Array.from({ length: clients }, (_, index) => createCaller(index)))
  const running = Promise.all(callers.map(run))
  // It is awaited by `until` and `stop`.
  running.catch(() => {})
  return {
    calls,
    more(count) {
      const enough = calls.length + count
      return until(() => calls.length >= enough)
    },
    reached(pids) {
      const from = Date.now()
      return until(() => {
        const seen = new Set(calls.filter(({ startedAt }) => startedAt >= from).map(({ pid }) => pid))
        return pids.every((pid) => seen.has(pid))
      })
    },
    async stop() {
      stopped = true
      await running.finally(() => agent.destroy())
    },
  }
}

/** Counts calls by their statuses, as in `{ "200": 90, "401 200": 4 }`. */
export function countAnswers(calls: readonly LoadedCall[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { answers } of calls) {
    const key = answers.join(' ')
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
