// examples/aws-lambda on the built packages, with the events of AWS and a real Redis.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import { type RedisServer, redisIsMissing, startRedis } from '../support/redis-server.js'
import { startIssuerServer } from '../support/test-issuer.js'
import { type EventName, events, type HostRequest } from './lambda-events.js'
import { errorOf, type FunctionAnswer } from './lambda-functions.js'

const resource = 'https://api.example.com'
const folder = fileURLToPath(new URL('../../examples/aws-lambda', import.meta.url))

/** One instance of the function. It handles the events of its second argument, one after the other. */
const instance = `
  const { handler } = await import('./handler.js')
  const answers = []
  for (const event of JSON.parse(process.argv[1])) answers.push(await handler(event, {}))
  console.log(JSON.stringify(answers))
  process.exit()`

describe.skipIf(redisIsMissing)(`examples/aws-lambda${redisIsMissing ? `, skipped: ${redisIsMissing}` : ''}`, () => {
  let redis: RedisServer
  let issuer: Awaited<ReturnType<typeof startIssuerServer>>
  beforeAll(async () => {
    redis = await startRedis()
    issuer = await startIssuerServer()
  })
  afterAll(async () => {
    await issuer.close()
    await redis.close()
  })

  const createRequest = (): HostRequest => {
    const now = Math.floor(Date.now() / 1000)
    const client = createProofClient()
    const accessToken = issuer.mint({ now, aud: resource, scope: 'orders:read', cnf: { jkt: client.jkt } })
    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    const headers = ['Host', 'api.example.com', 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
    return { method: 'GET', target: '/orders', headers }
  }

  const handle = async (eventName: EventName, requests: HostRequest[]): Promise<FunctionAnswer[]> => {
    const env = { ISSUER: issuer.issuer, RESOURCE: resource, REDIS_URL: `redis://127.0.0.1:${redis.port}` }
    const args = [
      '--input-type=module',
      '-e',
      instance,
      JSON.stringify(requests.map((request) => events[eventName](request))),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env, timeout: 30_000 })
    return JSON.parse(stdout)
  }

  const outcomes = (answers: FunctionAnswer[]) =>
    answers.map((answer) => `${answer.statusCode} ${errorOf(answer) ?? answer.body}`)

  test.each(Object.keys(events) as EventName[])('accepts a proof once, with events of %s', async (eventName) => {
    const request = createRequest()
    const none: HostRequest = { method: 'GET', target: '/orders', headers: ['Host', 'api.example.com'] }
    const [first, second, third] = outcomes(await handle(eventName, [request, request, none]))
    expect(first).toBe('200 {"for":"alice","orders":[]}')
    expect(second).toBe('401 invalid_dpop_proof')
    expect(third).toMatch(/^401 /)
  })

  test('rejects a proof that another instance has accepted', async () => {
    const request = createRequest()
    expect(outcomes(await handle('API Gateway v2', [request]))).toEqual(['200 {"for":"alice","orders":[]}'])
    expect(outcomes(await handle('API Gateway v2', [request]))).toEqual(['401 invalid_dpop_proof'])
  })
})
