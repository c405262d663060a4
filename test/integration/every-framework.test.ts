import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred } from '../support/deferred.js'
import { challengeOf, type GuardedApi, now, startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'
import { type ApiParts, frameworks } from './frameworks.js'

describe.each(Object.entries(frameworks))('on %s', (_name, createApi) => {
  async function start(parts: { replay?: ReplayStore } & Omit<Partial<ApiParts>, 'guard'> = {}) {
    const { replay, handle = () => {}, exposedBefore } = parts
    const handler = vi.fn(handle)
    const api = await startApi((scene) => createApi({ guard: { ...scene, replay }, handle: handler, exposedBefore }))
    return { api, handle: handler }
  }

  test('one of many simultaneous copies of a request is let in, the others are replays', async () => {
    const copies = 50
    const everyoneIsHere = deferred<void>()
    const memory = memoryReplayStore({ clock: () => now })
    let waiting = 0
    const replay: ReplayStore = {
      async claim(key, ttlSeconds) {
        waiting += 1
        if (waiting === copies) everyoneIsHere.resolve()
        await everyoneIsHere.promise
        return memory.claim(key, ttlSeconds)
      },
    }
    const { api, handle } = await start({ replay })
    const headers = api.credentials('GET', '/orders')

    const responses = await Promise.all(
      Array.from({ length: copies }, () => sendRequest({ port: api.port, method: 'GET', target: '/orders', headers })),
    )

    const rejected = responses.filter(({ status }) => status !== 200)
    expect(responses.length - rejected.length).toBe(1)
    expect(handle).toHaveBeenCalledTimes(1)
    expect(rejected.map((response) => [response.status, challengeOf(response).error])).toEqual(
      new Array(copies - 1).fill([401, 'invalid_dpop_proof']),
    )
  })

  test('HEAD is let in with a proof for HEAD, and not with one for GET', async () => {
    const { api, handle } = await start()
    const accepted = await api.call('HEAD', '/orders')
    expect(accepted).toMatchObject({ status: 200, body: '' })

    const headers = api.credentials('GET', '/orders')
    const rejected = await sendRequest({ port: api.port, method: 'HEAD', target: '/orders', headers })
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
    expect(handle).toHaveBeenCalledTimes(1)
  })

  test('OPTIONS is a method like any other: it needs credentials', async () => {
    const { api, handle } = await start()
    const preflight = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET']
    const rejected = await api.send('OPTIONS', '/orders', preflight)
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' })

    expect((await api.call('OPTIONS', '/orders')).status).toBe(200)
    expect(handle).toHaveBeenCalledTimes(1)
  })

  test('a connection goes on working after a rejection', async () => {
    const { api } = await start()
    const agent = keepOneConnection()
    const rejected = await requestWith(agent, api, { method: 'GET' })
    const accepted = await requestWith(agent, api, { method: 'GET', credentials: 'good' })
    expect([rejected.status, accepted.status]).toEqual([401, 200])
    expect(accepted.reusedSocket).toBe(true)
  })

  test('a connection goes on working after the rejection of a request with a body that nobody read', async () => {
    const { api } = await start()
    const agent = keepOneConnection()
    const body = JSON.stringify({ note: 'x'.repeat(10_000) })
    const rejected = await requestWith(agent, api, { method: 'POST', body })
    const accepted = await requestWith(agent, api, { method: 'POST', body, credentials: 'good' })
    expect([rejected.status, accepted.status]).toEqual([401, 200])
    expect(accepted.reusedSocket).toBe(true)
  })

  test('a rejection does not wait for the body', async () => {
    const { api, handle } = await start()
    const headers = ['Content-Type', 'application/json', 'Content-Length', '500000']
    const response = await api.send('POST', '/orders', headers)
    expect(response).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(response).scheme).toBe('DPoP')
    expect(handle).not.toHaveBeenCalled()
  })

  describe('to a request of another origin', () => {
    const headers = ['Origin', 'https://app.example.com']

    test('a rejection and an answer expose the headers of the guard besides those exposed before', async () => {
      const { api } = await start({ exposedBefore: 'X-Total, DPoP-Nonce' })
      const expected = ['X-Total, DPoP-Nonce, WWW-Authenticate']
      const rejected = await api.send('GET', '/orders', headers)
      const accepted = await api.call('GET', '/orders', { headers })
      expect([rejected.status, rejected.header('Access-Control-Expose-Headers')]).toEqual([401, expected])
      expect([accepted.status, accepted.header('Access-Control-Expose-Headers')]).toEqual([200, expected])
    })

    test('a rejection and an answer expose the headers of the guard where nothing else is exposed', async () => {
      const { api } = await start()
      const expected = ['WWW-Authenticate, DPoP-Nonce']
      const rejected = await api.send('GET', '/orders', headers)
      const accepted = await api.call('GET', '/orders', { headers })
      expect([rejected.status, rejected.header('Access-Control-Expose-Headers')]).toEqual([401, expected])
      expect([accepted.status, accepted.header('Access-Control-Expose-Headers')]).toEqual([200, expected])
    })
  })

  test('without an Origin nothing is added to what is exposed', async () => {
    const { api } = await start({ exposedBefore: 'X-Total' })
    const rejected = await api.send('GET', '/orders')
    const accepted = await api.call('GET', '/orders')
    expect([rejected.status, rejected.header('Access-Control-Expose-Headers')]).toEqual([401, ['X-Total']])
    expect([accepted.status, accepted.header('Access-Control-Expose-Headers')]).toEqual([200, ['X-Total']])
  })

  test('a replay store that fails is a 503 without body and challenge', async () => {
    const replay = { claim: () => Promise.reject(new Error('the store at redis://secret is down')) }
    const { api, handle } = await start({ replay })
    const response = await api.call('GET', '/orders')
    expect(response).toMatchObject({ status: 503, body: '' })
    expect(response.header('WWW-Authenticate')).toEqual([])
    expect(response.rawHeaders.join()).not.toContain('secret')
    expect(handle).not.toHaveBeenCalled()
  })

  test('a replay store that throws is a 503 without body and challenge', async () => {
    const replay = {
      claim: () => {
        throw new Error('the store at redis://secret is down')
      },
    }
    const { api, handle } = await start({ replay })
    const response = await api.call('GET', '/orders')
    expect(response).toMatchObject({ status: 503, body: '' })
    expect(response.header('WWW-Authenticate')).toEqual([])
    expect(handle).not.toHaveBeenCalled()
  })

  test.each([
    { verdict: 'acceptance', claimed: true, calls: 1 },
    { verdict: 'rejection', claimed: false, calls: 0 },
  ])('a client that is gone before its $verdict harms nobody', async ({ claimed, calls }) => {
    const asked = deferred<void>()
    const answer = deferred<boolean>()
    const claim = vi.fn<ReplayStore['claim']>().mockImplementationOnce(() => {
      asked.resolve()
      return answer.promise
    })
    claim.mockReturnValue(true)
    const { api, handle } = await start({ replay: { claim } })

    const connected = once(api.server, 'connection')
    const client = connect({ port: api.port, host: '127.0.0.1' })
    const [connection] = await connected
    client.write(`GET /orders HTTP/1.1\r\n${writeFields(api.credentials('GET', '/orders'))}\r\n`)
    await asked.promise
    const gone = once(connection, 'close')
    client.destroy()
    await gone
    answer.resolve(claimed)

    expect((await api.call('GET', '/orders')).status).toBe(200)
    expect(claim).toHaveBeenCalledTimes(2)
    expect(handle).toHaveBeenCalledTimes(calls + 1)
  })

  test('an error of the handler behind the guard is a 500 like without one', async () => {
    const { api } = await start({
      handle() {
        throw new Error('the database is gone')
      },
    })
    const response = await api.call('GET', '/orders')
    expect(response.status).toBe(500)
    expect(response.header('WWW-Authenticate')).toEqual([])
  })
})

function keepOneConnection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return agent
}

async function requestWith(
  agent: Agent,
  api: GuardedApi,
  { method, body, credentials }: { method: string; body?: string; credentials?: 'good' },
) {
  const headers = credentials === undefined ? ['Host', `127.0.0.1:${api.port}`] : api.credentials(method, '/orders')
  if (body !== undefined) headers.push('Content-Type', 'application/json', 'Content-Length', String(body.length))
  const outgoing = request({ agent, host: '127.0.0.1', port: api.port, method, path: '/orders', headers })
  outgoing.end(body)
  const [response]: IncomingMessage[] = await once(outgoing, 'response')
  if (response === undefined) throw new Error('no response')
  await text(response)
  return { status: response.statusCode, reusedSocket: outgoing.reusedSocket }
}

function writeFields(fields: readonly string[]): string {
  return fields.map((item, index) => (index % 2 === 0 ? `${item}: ` : `${item}\r\n`)).join('')
}
