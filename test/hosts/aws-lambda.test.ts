// An API as a function answers as behind a socket, except where the host has joined or dropped fields.
import { type GuardOptions, memoryReplayStore } from '@dpop-guard/core'
import awsLambdaFastify from '@fastify/aws-lambda'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withoutTheKey } from '../attacks/without-the-key.js'
import { createScene, now, resource } from '../support/guard-scene.js'
import { listenOnLoopback } from '../support/listen.js'
import { sendRequest } from '../support/raw-http.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { type EventName, events, type HostRequest } from './lambda-events.js'
import {
  createExpress,
  createFastify,
  createKoa,
  errorOf,
  type FunctionAnswer,
  type FunctionName,
  functions,
} from './lambda-functions.js'

const scene = createScene()
const forger = createTestIssuer({ issuer: scene.issuer.issuer })

const options = (): GuardOptions => ({
  issuer: { issuer: scene.issuer.issuer, jwks: scene.issuer.jwks },
  resource,
  clock: () => now,
  replayStore: memoryReplayStore({ clock: () => now }),
  credentials: 'optional',
})

/** The answer of an API: its caller, or the status and the error of the challenge. */
type Outcome = 'alice' | 'nobody' | `${number} ${string}`

function outcomeOf(answer: FunctionAnswer): Outcome {
  if (answer.statusCode !== 200) return `${answer.statusCode} ${errorOf(answer) ?? '-'}`
  return JSON.parse(answer.body ?? '').for
}

const get = (headers: readonly string[], target = '/orders'): HostRequest => ({ method: 'GET', target, headers })
const good = () => scene.request().headers

/** Requests with their answer if every header arrives as it was sent. */
const requests: Record<string, [make: () => HostRequest, outcome: Outcome]> = {
  'good credentials': [() => get(good()), 'alice'],
  'good credentials in names of other case': [
    () => get(good().map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text))),
    'alice',
  ],
  'a query': [() => get(good(), '/orders?page=2&next=%2Fa'), 'alice'],
  'a body': [
    () => ({
      method: 'POST',
      target: '/orders',
      headers: [...scene.request({ method: 'POST' }).headers, 'Content-Type', 'application/json'],
      body: '{"item":1}',
    }),
    'alice',
  ],
  'no credentials': [() => get(['Host', 'api.example.com']), 'nobody'],
  'a token of another signer': [
    () => get(scene.request({ accessToken: forger.mint({ now, cnf: { jkt: scene.client.jkt } }) }).headers),
    '401 invalid_token',
  ],
  'a proof for another URL': [
    () => get(scene.request({ proof: { url: 'https://evil.example/orders' } }).headers),
    '401 invalid_dpop_proof',
  ],
  'a token without a proof': [
    () => get(['Host', 'api.example.com', 'Authorization', `DPoP ${scene.mint()}`]),
    '401 invalid_dpop_proof',
  ],
  'a proof without a token': [() => get(['Host', 'api.example.com', 'DPoP', 'x']), '401 -'],
  'a bound token as Bearer': [
    () => get(['Host', 'api.example.com', 'Authorization', `Bearer ${scene.mint()}`]),
    '401 -',
  ],
  'a token in the query': [() => get(good(), '/orders?access_token=x'), '400 invalid_request'],
}

/** Requests that a host may change, because a field comes twice. */
const repeated: Record<string, [make: () => HostRequest, outcomes: Record<Fate, Outcome>]> = {
  'a second Authorization before the good one': [
    () => get(['Authorization', 'DPoP x', ...good()]),
    { kept: '400 invalid_request', joined: '400 invalid_request', last: 'alice' },
  ],
  'a second Authorization behind the good one': [
    () => get([...good(), 'Authorization', 'DPoP x']),
    { kept: '400 invalid_request', joined: '400 invalid_request', last: '401 invalid_token' },
  ],
  'Basic before the good Authorization': [
    () => get(['Authorization', 'Basic x', ...good()]),
    { kept: '400 invalid_request', joined: '401 -', last: 'alice' },
  ],
  'a second proof before the good one': [
    () => get(['DPoP', 'x', ...good()]),
    { kept: '401 invalid_dpop_proof', joined: '401 invalid_dpop_proof', last: 'alice' },
  ],
  'a second proof behind the good one': [
    () => get([...good(), 'DPoP', 'x']),
    { kept: '401 invalid_dpop_proof', joined: '401 invalid_dpop_proof', last: '401 invalid_dpop_proof' },
  ],
}

/** How a host passes a repeated field: all values, all values joined with a comma, or the last value alone. */
type Fate = 'kept' | 'joined' | 'last'

const inServerlessHttp: Record<EventName, Fate> = {
  'API Gateway v1': 'last',
  'API Gateway v2': 'joined',
  'load balancer': 'last',
  'load balancer, multi-value': 'joined',
}
const inServerlessExpress: Record<EventName, Fate> = { ...inServerlessHttp, 'API Gateway v1': 'joined' }
const inAwsLambda: Record<EventName, Fate> = {
  ...inServerlessHttp,
  'API Gateway v1': 'kept',
  'load balancer, multi-value': 'kept',
}
const inHono: Record<EventName, Fate> = { ...inServerlessHttp, 'API Gateway v1': 'joined' }
const fates: Record<FunctionName, Record<EventName, Fate>> = {
  'Express in serverless-http': inServerlessHttp,
  'Express in serverless-http, with rawHeaders': {
    ...inServerlessHttp,
    'API Gateway v1': 'kept',
    'load balancer, multi-value': 'kept',
  },
  'Koa in serverless-http': inServerlessHttp,
  'Express in serverless-express': inServerlessExpress,
  'Koa in serverless-express': inServerlessExpress,
  'Fastify in aws-lambda': inAwsLambda,
  'Hono in hono/aws-lambda': inHono,
}

const functionNames = Object.keys(functions) as FunctionName[]
const eventNames = Object.keys(events) as EventName[]

describe.each(functionNames)('%s', (functionName) => {
  describe.each(eventNames)('with an event of %s', (eventName) => {
    const ask = async (request: HostRequest) =>
      outcomeOf(await (await functions[functionName](options()))(events[eventName](request)))

    test.each(Object.entries(requests))('answers %s as over a socket', async (_name, [make, outcome]) => {
      expect(await ask(make())).toBe(outcome)
    })

    test.each(Object.entries(repeated))(
      'answers %s according to the fields that the host passed',
      async (_name, [make, outcomes]) => {
        expect(await ask(make())).toBe(outcomes[fates[functionName][eventName]])
      },
    )

    test.each(['Authorization', 'DPoP'])('never accepts a second %s without the key of the client', async (name) => {
      const { body: _, ...request } = scene.request()
      for (const { name: attempt, request: changed } of withoutTheKey(request)) {
        for (const headers of [
          [name, 'DPoP x', ...changed.headers],
          [...changed.headers, name, 'DPoP x'],
        ]) {
          expect(await ask({ ...request, headers }), attempt).toMatch(/^4/)
        }
      }
    })

    test('rejects a proof that was used before', async () => {
      const run = await functions[functionName](options())
      const event = () => events[eventName](request)
      const request = get(good())
      expect(outcomeOf(await run(event()))).toBe('alice')
      expect(outcomeOf(await run(event()))).toBe('401 invalid_dpop_proof')
    })
  })
})

test('aws-lambda drops every header of a multi-value load balancer without its option "albMultiValueHeaders"', async () => {
  const run = awsLambdaFastify(await createFastify({ ...options(), credentials: 'required' }))
  const event = events['load balancer, multi-value'](get(good()))
  const answer = await (run as unknown as (event: object, context: object) => Promise<FunctionAnswer>)(event, {})
  expect(outcomeOf(answer)).toBe('401 -')
})

const servers = {
  Express: async () => createExpress(options()),
  Koa: async () => createKoa(options()).callback(),
  async Fastify() {
    const app = await createFastify(options())
    await app.ready()
    return app.routing
  },
}

describe.each(Object.entries(servers))('%s behind a socket', (_framework, create) => {
  const kept = Object.entries(repeated).map(([name, [make, outcomes]]) => [name, [make, outcomes.kept]] as const)

  test.each([...Object.entries(requests), ...kept])('answers %s', async (_name, [make, outcome]) => {
    const { server, port, close } = await listenOnLoopback()
    onTestFinished(close)
    server.on('request', await create())
    const { status, rawHeaders, body } = await sendRequest({ port, ...make() })
    const headers = Object.fromEntries(
      rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : [])),
    )
    expect(outcomeOf({ statusCode: status, headers, body })).toBe(outcome)
  })
})
