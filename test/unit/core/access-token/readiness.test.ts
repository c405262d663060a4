import type { GuardOptions } from '@dpop-guard/core'
import { ClientSecretBasic, introspection } from '@dpop-guard/core/introspection'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { createTestIssuer, type IssuerServer, startIssuerServer } from '../../../support/test-issuer.js'

async function startServer(): Promise<IssuerServer> {
  const server = await startIssuerServer()
  onTestFinished(() => server.close())
  return server
}

async function startScene(options: Partial<GuardOptions> = {}) {
  const server = await startServer()
  return { server, ...createScene({ issuer: server.issuer, ...options }, server) }
}

const fetched = (times: number) => ({ metadata: times, jwks: times })

test('ready() fetches the keys, and then a request needs no fetch', async () => {
  const { server, guard, request } = await startScene()
  expect(server.requests).toEqual(fetched(0))
  expect(await guard.ready()).toBeUndefined()
  expect(server.requests).toEqual(fetched(1))
  expect(await outcome(guard, request())).toBe('accepted')
  await guard.ready()
  expect(server.requests).toEqual(fetched(1))
})

test('many calls and requests at once share one fetch', async () => {
  const { server, guard, request } = await startScene()
  const calls = Array.from({ length: 20 }, () => guard.ready())
  expect(await outcome(guard, request())).toBe('accepted')
  await Promise.all(calls)
  expect(server.requests).toEqual(fetched(1))
})

test('ready() waits for every issuer, and names those without keys and what they answered', async () => {
  const [up, down] = [await startServer(), await startServer()]
  const { guard } = createScene({ issuer: [up.issuer, down.issuer] }, up)
  down.behave('error-500', 'jwks')
  const error: unknown = await guard.ready().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(AggregateError)
  expect(error).toMatchObject({
    message: `dpop-guard: the keys of ${down.issuer} cannot be fetched`,
    errors: [{ message: `${down.issuer}/jwks answered 500` }],
  })
  expect(up.requests).toEqual(fetched(1))
})

test('a failure is forgotten after its back-off, and until then no call fetches again', async () => {
  const { server, guard, clock } = await startScene()
  server.behave('error-500', 'jwks')
  await expect(guard.ready()).rejects.toThrow('cannot be fetched')
  server.behave('normal')
  for (let call = 0; call < 10; call++) await expect(guard.ready()).rejects.toThrow('cannot be fetched')
  expect(server.requests).toEqual(fetched(1))
  clock.now += 1
  await guard.ready()
  expect(server.requests).toEqual(fetched(2))
})

test('ready() rejects after the timeout if the issuer hangs', async () => {
  const server = await startServer()
  // Without the metadata, so that there is one fetch.
  const issuer = { issuer: server.issuer, jwksUri: `${server.issuer}/jwks` }
  const { guard } = createScene({ issuer, jwksCache: { timeoutSeconds: 0.2 } }, server)
  server.behave('hang', 'jwks')
  await expect(guard.ready()).rejects.toMatchObject({
    errors: [{ message: `${server.issuer}/jwks did not answer in time` }],
  })
})

test('ready() resolves as long as known keys may be used, also if the issuer is down', async () => {
  const { server, guard, clock } = await startScene({ jwksCache: { cacheSeconds: 600, maxStaleSeconds: 3600 } })
  await guard.ready()
  server.behave('down')
  clock.now += 4199
  await guard.ready()
  clock.now += 1
  await expect(guard.ready()).rejects.toThrow('cannot be fetched')
})

test.each<[what: string, options: () => Partial<GuardOptions>]>([
  [
    'inline keys',
    () => {
      const { issuer, jwks } = createTestIssuer()
      return { issuer: { issuer, jwks } }
    },
  ],
  ['a function that verifies access tokens', () => ({ issuer: undefined, verifyAccessToken: () => undefined })],
  [
    'introspection',
    () => ({
      issuer: undefined,
      verifyAccessToken: introspection({
        ...{ issuer: 'https://as.example.com', clientId: 'a', clientAuthentication: ClientSecretBasic('secret') },
      }),
    }),
  ],
])('ready() resolves at once with %s', async (_, options) => {
  const neverFetch = () => Promise.reject(new Error('nothing is to be fetched'))
  const { guard } = createScene({ fetch: neverFetch, ...options() })
  expect(await guard.ready()).toBeUndefined()
})
