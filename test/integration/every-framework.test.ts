import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { isRejectionError } from '@dpop-guard/core/plugin'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred } from '../support/deferred.js'
import { challengeOf, type GuardedApi, now } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'
import { frameworks, middlewareFrameworks } from './frameworks.js'
import { type StartOptions, startOn } from './start-on.js'

describe.each(Object.entries(frameworks))('on %s', (_name, createApi) => {
  const start = (options?: StartOptions) => startOn(createApi, options)

  test('one of many simultaneous copies of a request is accepted, the others are replays', async () => {
    const copies = 50
    const everyoneIsHere = deferred<void>()
    const memory = memoryReplayStore({ clock: () => now })
    let waiting = 0
    const replay: ReplayStore = {
      async addIfAbsent(key, ttlSeconds) {
        waiting += 1
        if (waiting === copies) everyoneIsHere.resolve()
        await everyoneIsHere.promise
        return memory.addIfAbsent(key, ttlSeconds)
      },
    }
    const { api, handle } = await start({ guard: { replayStore: replay } })
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

  test('HEAD is accepted with a proof for HEAD, and not with one for GET', async () => {
    const { api, handle } = await start()
    const accepted = await api.call('HEAD', '/orders')
    expect(accepted).toMatchObject({ status: 200, body: '' })

    const headers = api.credentials('GET', '/orders')
    const rejected = await sendRequest({ port: api.port, method: 'HEAD', target: '/orders', headers })
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
    expect(handle).toHaveBeenCalledTimes(1)
  })

  test('OPTIONS needs credentials like any other method', async () => {
    const { api, handle } = await start()
    const preflight = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET']
    const rejected = await api.send('OPTIONS', '/orders', preflight)
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' })

    expect((await api.call('OPTIONS', '/orders')).status).toBe(200)
    expect(handle).toHaveBeenCalledTimes(1)
  })

  test('a path without a route is guarded too', async () => {
    const { api } = await start()
    expect((await api.send('GET', '/nowhere')).status).toBe(401)
    expect((await api.call('GET', '/nowhere')).status).toBe(404)
  })

  test('a connection still works after a rejection', async () => {
    const { api } = await start()
    const agent = keepOneConnection()
    const rejected = await requestWith(agent, api, { method: 'GET' })
    const accepted = await requestWith(agent, api, { method: 'GET', credentials: 'good' })
    expect([rejected.status, accepted.status]).toEqual([401, 200])
    expect(accepted.reusedSocket).toBe(true)
  })

  test('a connection still works after the rejection of a request whose body was not read', async () => {
    const { api } = await start()
    const agent = keepOneConnection()
    const body = JSON.stringify({ note: 'x'.repeat(10_000) })
    const rejected = await requestWith(agent, api, { method: 'POST', body })
    const accepted = await requestWith(agent, api, { method: 'POST', body, credentials: 'good' })
    expect([rejected.status, accepted.status]).toEqual([401, 200])
    expect(accepted.reusedSocket).toBe(true)
  })

  test('a rejection does not wait for the body, and no parser runs', async () => {
    const beforeParsing = vi.fn()
    const { api, handle } = await start({ beforeParsing })
    const headers = ['Content-Type', 'application/json', 'Content-Length', '90000']
    const response = await api.send('POST', '/orders', headers)
    expect(response).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(response).scheme).toBe('DPoP')
    expect(beforeParsing).not.toHaveBeenCalled()
    expect(handle).not.toHaveBeenCalled()
  })

  test('a parser behind the guard gets the whole body', async () => {
    const beforeParsing = vi.fn()
    const { api } = await start({
      beforeParsing,
      handle: ({ getAuth, body }) => ({ for: getAuth().subject, got: body }),
    })
    const body = JSON.stringify({ item: 'x'.repeat(50_000) })
    const response = await api.call('POST', '/orders', { headers: ['Content-Type', 'application/json'], body })
    expect(response.status).toBe(200)
    expect(JSON.parse(response.body)).toEqual({ for: 'alice', got: JSON.parse(body) })
    expect(beforeParsing).toHaveBeenCalledOnce()
  })

  describe('to a request of another origin', () => {
    const headers = ['Origin', 'https://app.example.com']

    test('a rejection and an answer expose the headers of the guard and those exposed before', async () => {
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
    const replay = { addIfAbsent: () => Promise.reject(new Error('the store at redis://secret is down')) }
    const { api, handle } = await start({ guard: { replayStore: replay } })
    const response = await api.call('GET', '/orders')
    expect(response).toMatchObject({ status: 503, body: '' })
    expect(response.header('WWW-Authenticate')).toEqual([])
    expect(response.rawHeaders.join()).not.toContain('secret')
    expect(handle).not.toHaveBeenCalled()
  })

  test('a replay store that throws is a 503 without body and challenge', async () => {
    const replay = {
      addIfAbsent: () => {
        throw new Error('the store at redis://secret is down')
      },
    }
    const { api, handle } = await start({ guard: { replayStore: replay } })
    const response = await api.call('GET', '/orders')
    expect(response).toMatchObject({ status: 503, body: '' })
    expect(response.header('WWW-Authenticate')).toEqual([])
    expect(handle).not.toHaveBeenCalled()
  })

  test.each([
    { verdict: 'acceptance', claimed: true, calls: 1 },
    { verdict: 'rejection', claimed: false, calls: 0 },
  ])('a client that disconnects before its $verdict causes no error', async ({ claimed, calls }) => {
    const asked = deferred<void>()
    const answer = deferred<boolean>()
    const claim = vi.fn<ReplayStore['addIfAbsent']>().mockImplementationOnce(() => {
      asked.resolve()
      return answer.promise
    })
    claim.mockReturnValue(true)
    const { api, handle } = await start({ guard: { replayStore: { addIfAbsent: claim } } })

    const connected = once(api.server, 'connection')
    const client = connect({ port: api.port, host: '127.0.0.1' })
    const [connection] = await connected
    client.write(`GET /orders HTTP/1.1\r\n${writeFields(api.credentials('GET', '/orders'))}\r\n`)
    await asked.promise
    // Not by once(): on some runtimes, a connection that is gone is an error of its socket first.
    const gone = new Promise((resolve) => connection.once('error', () => {}).once('close', resolve))
    client.destroy()
    await gone
    answer.resolve(claimed)

    expect((await api.call('GET', '/orders')).status).toBe(200)
    expect(claim).toHaveBeenCalledTimes(2)
    expect(handle).toHaveBeenCalledTimes(calls + 1)
  })

  test('an error of the handler behind the guard is a 500, as without a guard', async () => {
    const { api } = await start({
      handle() {
        throw new Error('the database is gone')
      },
    })
    const response = await api.call('GET', '/orders')
    expect(response.status).toBe(500)
    expect(response.header('WWW-Authenticate')).toEqual([])
  })

  describe("with onRejected: 'error'", () => {
    const onRejected = 'error'

    test('an error handler gets status, headers and rejection, and the challenge is on the response', async () => {
      const answerError = vi.fn((_error: unknown) => 'handled')
      const { api } = await start({ guard: { onRejected }, answerError })
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response).toMatchObject({ status: 401, body: 'handled' })
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
      expect(answerError).toHaveBeenCalledOnce()
      const error = answerError.mock.lastCall?.[0]
      expect(isRejectionError(error)).toBe(true)
      expect(error).toMatchObject({
        message: 'DPoP proof missing',
        status: 401,
        statusCode: 401,
        expose: true,
        headers: { 'www-authenticate': response.header('WWW-Authenticate') },
        rejection: { reason: 'proof_missing', status: 401, error: 'invalid_dpop_proof' },
      })
    })

    test('a missing scope goes the same way', async () => {
      const answerError = vi.fn(() => 'handled')
      const { api, handle } = await start({ guard: { onRejected }, scopes: ['admin'], answerError })
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 403, body: 'handled' })
      expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'admin' })
      expect(answerError.mock.calls).toMatchObject([[{ status: 403, rejection: { reason: 'scope_insufficient' } }]])
      expect(handle).not.toHaveBeenCalled()
    })

    test('a broken replay store is a 503 for the error handler, without a challenge', async () => {
      const replay = { addIfAbsent: () => Promise.reject(new Error('down')) }
      const answerError = vi.fn(() => 'handled')
      const { api } = await start({ guard: { onRejected, replayStore: replay }, answerError })
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 503, body: 'handled' })
      expect(response.header('WWW-Authenticate')).toEqual([])
      const rejection = { reason: 'replay_store_unavailable' }
      expect(answerError.mock.calls).toMatchObject([[{ message: 'Service Unavailable', status: 503, rejection }]])
    })

    test('the error has the expected and the received value, and the response has neither', async () => {
      const answerError = vi.fn(() => 'handled')
      const { api } = await start({ guard: { onRejected }, answerError })
      const response = await api.call('GET', '/orders', { proof: { method: 'POST' } })
      const mismatch = { name: 'htm', expected: ['GET'], received: ['POST'] }
      expect(answerError.mock.calls).toMatchObject([[{ rejection: { reason: 'proof_htm', mismatch } }]])
      expect(JSON.stringify(answerError.mock.calls)).not.toContain('mismatch')
      expect(JSON.stringify([response.header('WWW-Authenticate'), response.body])).not.toContain('POST')
    })

    test("the framework's own handler sends one challenge for each scheme", async () => {
      const { api } = await start({ guard: { onRejected, mode: 'bearer-and-dpop' } })
      const response = await api.send('GET', '/orders')
      expect(response.status).toBe(401)
      expect(response.body).toContain('Unauthorized')
      expect(response.header('WWW-Authenticate').map((line) => line.split(' ', 1)[0])).toEqual(['Bearer', 'DPoP'])
    })
  })
})

describe.each(Object.entries(middlewareFrameworks))('on %s, behind a parser of forms,', (_name, createApi) => {
  const headers = ['Content-Type', 'application/x-www-form-urlencoded']

  test('a form without a token is accepted', async () => {
    const { api } = await startOn(createApi, { handle: ({ body }) => ({ got: body }) })
    const response = await api.call('POST', '/orders', { headers, body: 'item=1' })
    expect(response).toMatchObject({ status: 200, body: '{"got":{"item":"1"}}' })
  })

  test('a token in the form beside the one in the header is a bad request', async () => {
    const { api } = await startOn(createApi)
    const response = await api.call('POST', '/orders', { headers, body: 'item=1&access_token=abc' })
    expect(response.status).toBe(400)
    expect(challengeOf(response)).toMatchObject({ scheme: 'DPoP', error: 'invalid_request' })
  })

  test('a request with its token in the form alone has no credentials', async () => {
    const { api } = await startOn(createApi)
    const response = await api.send('POST', '/orders', headers, 'access_token=abc')
    expect(response).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(response)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' })
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
