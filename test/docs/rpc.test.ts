// The servers of the page on tRPC, GraphQL and gRPC, with good, stolen and used credentials.
import { randomBytes } from 'node:crypto'
import { type DpopGuardOptions, memoryReplayStore } from '@dpop-guard/web'
import * as grpc from '@grpc/grpc-js'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { importCode } from './code.js'

const page = 'packages/core/docs/rpc.md'
const resource = 'https://api.example.com'
const issuer = createTestIssuer()
const seconds = () => Math.floor(Date.now() / 1000)
const options = (): DpopGuardOptions => ({
  issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
  resource,
  replayStore: memoryReplayStore(),
})

/** The guard asks for a nonce, and sends one with each response. */
const withNonces = (): DpopGuardOptions => ({
  ...options(),
  freshness: 'nonce',
  nonce: { secrets: [randomBytes(32).toString('base64url')] },
  sendNonce: 'always',
})

type Handler = (request: Request) => Promise<Response>

/** The fields of a request to this URL. */
type Sign = (method: string, url: string, nonce?: string) => Record<'authorization' | 'dpop', string>

/** A client with a token for its key. */
function createClient({ scope = 'orders:read', lifetime = 300 } = {}): { sign: Sign; signStolen: Sign } {
  const owner = createProofClient()
  const accessToken = issuer.mint({ now: seconds(), exp: seconds() + lifetime, scope, cnf: { jkt: owner.jkt } })
  const signWith =
    (client: typeof owner): Sign =>
    (method, url, nonce) => ({
      authorization: `DPoP ${accessToken}`,
      dpop: client.proof({ method, url, now: seconds(), accessToken, ...(nonce && { nonce }) }),
    })
  return { sign: signWith(owner), signStolen: signWith(createProofClient()) }
}

/** Signs the first request, and sends that proof with each later one. */
function signOnce(sign: Sign): Sign {
  let signed: ReturnType<Sign> | undefined
  return (method, url) => {
    signed ??= sign(method, url)
    return signed
  }
}

describe('the tRPC server of the page', () => {
  interface Procedures {
    orders: { list: { query(): Promise<unknown> }; create: { mutate(): Promise<unknown> } }
  }
  let createTrpc: (options: DpopGuardOptions) => Handler
  beforeAll(async () => {
    createTrpc = (await importCode<{ createTrpc: typeof createTrpc }>(page, 'createTrpc')).createTrpc
  })

  /** A client of the page's server. `responses` has what the server sent. */
  function connect(sign: Sign) {
    const handle = createTrpc(options())
    const responses: Response[] = []
    const link = httpBatchLink({
      url: `${resource}/trpc`,
      async fetch(url, init) {
        const target = new URL(String(url))
        const { body, method = 'GET', headers } = init as RequestInit
        const fields = sign(method, target.origin + target.pathname)
        const request = new Request(target, { method, body: body ?? null, headers: { ...Object(headers), ...fields } })
        const response = await handle(request)
        responses.push(response.clone())
        return response
      },
    })
    // biome-ignore lint/suspicious/noExplicitAny: the page is JavaScript, so its router has no type here.
    const client = createTRPCClient<any>({ links: [link] }) as unknown as Procedures
    return { orders: client.orders, responses }
  }

  const errorOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    )

  test('accepts a query and a mutation', async () => {
    const { orders } = connect(createClient({ scope: 'orders:read orders:write' }).sign)
    expect(await orders.list.query()).toEqual({ for: 'alice' })
    expect(await orders.create.mutate()).toEqual({ by: 'alice' })
  })

  test('sends a nonce, also with an accepted request', async () => {
    const handle = createTrpc(withNonces())
    const url = `${resource}/trpc/orders.list`
    const { sign } = createClient()
    const asked = await handle(new Request(url, { headers: sign('GET', url) }))
    const nonce = asked.headers.get('dpop-nonce') ?? ''
    expect([asked.status, nonce]).toEqual([401, expect.stringMatching(/./)])
    const accepted = await handle(new Request(url, { headers: sign('GET', url, nonce) }))
    expect([accepted.status, accepted.headers.get('dpop-nonce')]).toEqual([200, nonce])
    expect(accepted.headers.get('cache-control')).toBe('no-store')
  })

  test('rejects a stolen token, and the client sees the challenge', async () => {
    const { orders, responses } = connect(createClient().signStolen)
    expect(await errorOf(orders.list.query())).toBeInstanceOf(TRPCClientError)
    expect(responses[0]?.status).toBe(401)
    expect(responses[0]?.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  test('rejects a proof that was used before', async () => {
    const { orders, responses } = connect(signOnce(createClient().sign))
    await orders.list.query()
    expect(await errorOf(orders.list.query())).toBeInstanceOf(TRPCClientError)
    expect(responses.map(({ status }) => status)).toEqual([200, 401])
    expect(responses[1]?.headers.get('www-authenticate')).toContain('used before')
  })

  test('rejects a call without its scope', async () => {
    const { orders, responses } = connect(createClient().sign)
    expect(await errorOf(orders.create.mutate())).toMatchObject({ data: { code: 'FORBIDDEN' } })
    expect(responses[0]?.status).toBe(403)
    expect(responses[0]?.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(responses[0]?.headers.get('www-authenticate')).toContain('scope="orders:write"')
  })

  test('answers 200 to a client that asked for a stream of results, with the error of the call in it', async () => {
    const url = `${resource}/trpc/orders.create`
    const headers = {
      ...createClient().sign('POST', url),
      'content-type': 'application/json',
      'trpc-accept': 'application/jsonl',
    }
    const body = JSON.stringify({ 0: null })
    const handle = createTrpc(options())
    const response = await handle(new Request(`${url}?batch=1`, { method: 'POST', headers, body }))
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('FORBIDDEN')
  })

  test('takes one proof for a batch, and answers each of its calls', async () => {
    const handle = createTrpc(options())
    const target = '/trpc/orders.list,orders.list,nothing'
    const headers = createClient().sign('GET', resource + target)
    const response = await handle(new Request(`${resource}${target}?batch=1&input=%7B%7D`, { headers }))
    expect(response.status).toBe(207)
    expect(await response.json()).toMatchObject([
      { result: { data: { for: 'alice' } } },
      { result: { data: { for: 'alice' } } },
      { error: { data: { code: 'NOT_FOUND' } } },
    ])
    const one = createClient().sign('GET', `${resource}/trpc/orders.list`)
    expect((await handle(new Request(`${resource}${target}?batch=1&input=%7B%7D`, { headers: one }))).status).toBe(401)
  })
})

describe('the GraphQL server of the page', () => {
  const url = `${resource}/graphql`
  let createGraphql: (options: DpopGuardOptions) => Handler
  beforeAll(async () => {
    createGraphql = (await importCode<{ createGraphql: typeof createGraphql }>(page, 'createGraphql')).createGraphql
  })

  function connect(sign: Sign, guardOptions = options()) {
    const handle = createGraphql(guardOptions)
    return (query: string, { accept = 'application/json', nonce = '' } = {}) => {
      const headers = { ...sign('POST', url, nonce), accept, 'content-type': 'application/json' }
      return handle(new Request(url, { method: 'POST', headers, body: JSON.stringify({ query }) }))
    }
  }

  test('accepts a query', async () => {
    const response = await connect(createClient().sign)('{ me orders }')
    expect(await response.json()).toEqual({ data: { me: 'alice', orders: [] } })
  })

  test('sends a nonce, also with an accepted request', async () => {
    const ask = connect(createClient().sign, withNonces())
    const asked = await ask('{ me }')
    const nonce = asked.headers.get('dpop-nonce') ?? ''
    expect([asked.status, nonce]).toEqual([401, expect.stringMatching(/./)])
    const accepted = await ask('{ me }', { nonce })
    expect([accepted.status, accepted.headers.get('dpop-nonce')]).toEqual([200, nonce])
  })

  test('rejects a stolen token and a proof that was used before', async () => {
    const stolen = await connect(createClient().signStolen)('{ me }')
    expect([stolen.status, stolen.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching('invalid_token'),
    ])
    const ask = connect(signOnce(createClient().sign))
    expect((await ask('{ me }')).status).toBe(200)
    const again = await ask('{ orders }')
    expect([again.status, again.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching('used before')])
  })

  test('rejects a mutation without its scope', async () => {
    const response = await connect(createClient().sign)('mutation { order(item: "1") }')
    expect(response.headers.get('www-authenticate')).toContain('scope="orders:write"')
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  })

  test('answers the other fields, if a field that may be null needs another scope', async () => {
    const response = await connect(createClient({ scope: 'other' }).sign)('{ me orders }')
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      data: { me: 'alice', orders: null },
      errors: [{ path: ['orders'], extensions: { code: 'FORBIDDEN' } }],
    })
  })

  test('ends a subscription when the token has expired', async () => {
    const response = await connect(createClient({ lifetime: 2 }).sign)('subscription { ticks }', {
      accept: 'text/event-stream',
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const text = await response.text()
    expect(text).toContain('{"data":{"ticks":1}}')
    expect(text).toMatch(/event: complete/)
  })
})

describe('the gRPC server of the page', () => {
  interface Page {
    guardCalls(options: DpopGuardOptions, scopes: Record<string, string[]>): grpc.ServerInterceptor
    getAuth(call: { metadata: grpc.Metadata }): { subject: string } | undefined
  }
  let exported: Page
  beforeAll(async () => {
    exported = await importCode<Page>(page, 'guardCalls')
  })

  const serialize = (value: string) => Buffer.from(value)
  const define = (name: string, responseStream = false) => ({
    path: `/orders.Orders/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: serialize,
    requestDeserialize: String,
    responseSerialize: serialize,
    responseDeserialize: String,
  })
  const methods = {
    List: define('List'),
    Create: define('Create'),
    Closed: define('Closed'),
    Mistaken: define('Mistaken'),
    Watch: define('Watch', true),
  }
  type Method = keyof typeof methods
  const scopes = {
    [methods.List.path]: ['orders:read'],
    [methods.Watch.path]: ['orders:read'],
    [methods.Create.path]: ['orders:write'],
    [methods.Mistaken.path]: ['orders read'],
  }

  interface Outcome {
    /** The answer, or the name of the gRPC status. */
    result: string
    challenge: string
    nonce: string
  }

  /** The page's server, and a client of it. `handled` has the methods whose handlers ran. */
  async function connect(guardOptions = options()) {
    const server = new grpc.Server({ interceptors: [exported.guardCalls(guardOptions, scopes)] })
    const handled: string[] = []
    const subjectOf = (call: { getPath(): string; metadata: grpc.Metadata }) => {
      handled.push(call.getPath())
      return exported.getAuth(call)?.subject ?? 'nobody'
    }
    const answer: grpc.handleUnaryCall<string, string> = (call, callback) => callback(null, subjectOf(call))
    const watch: grpc.handleServerStreamingCall<string, string> = (call) => {
      call.write(subjectOf(call))
      call.end()
    }
    server.addService(methods, { List: answer, Create: answer, Closed: answer, Mistaken: answer, Watch: watch })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      )
    })
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    onTestFinished(() => {
      client.close()
      server.forceShutdown()
    })

    const metadataOf = (fields: Partial<ReturnType<Sign>>) => {
      const metadata = new grpc.Metadata()
      for (const [field, value] of Object.entries(fields)) metadata.set(field, value)
      return metadata
    }
    const call = (name: Method, fields: Partial<ReturnType<Sign>> = {}): Promise<Outcome> =>
      new Promise((resolve) => {
        let first: grpc.Metadata | undefined
        const sent = client.makeUnaryRequest(
          methods[name].path,
          serialize,
          String,
          'x',
          metadataOf(fields),
          (error, value) => {
            const metadata = error === null ? first : error.metadata
            resolve({
              result: error === null ? (value ?? '') : (grpc.status[error.code] ?? ''),
              challenge: (metadata?.get('www-authenticate') ?? []).join(),
              nonce: (metadata?.get('dpop-nonce') ?? []).join(),
            })
          },
        )
        sent.on('metadata', (received) => {
          first = received
        })
      })
    const watchCalls = (fields: ReturnType<Sign>) =>
      client.makeServerStreamRequest(methods.Watch.path, serialize, String, 'x', metadataOf(fields)).toArray()
    return { call, watch: watchCalls, handled }
  }

  const signed = (name: Method, sign = createClient().sign, nonce?: string) =>
    sign('POST', resource + methods[name].path, nonce)

  test('accepts a call, and one that streams', async () => {
    const { call, watch } = await connect()
    expect(await call('List', signed('List'))).toEqual({ result: 'alice', challenge: '', nonce: '' })
    expect(await watch(signed('Watch'))).toEqual(['alice'])
  })

  test('sends a nonce, also with an accepted call', async () => {
    const { call } = await connect(withNonces())
    const asked = await call('List', signed('List'))
    expect(asked).toMatchObject({ result: 'UNAUTHENTICATED', challenge: expect.stringMatching('use_dpop_nonce') })
    const accepted = await call('List', signed('List', createClient().sign, asked.nonce))
    expect(accepted).toEqual({ result: 'alice', challenge: '', nonce: asked.nonce })
  })

  test('rejects a call without credentials, with a stolen token, and with the proof of another method', async () => {
    const { call, watch, handled } = await connect()
    expect(await call('List')).toMatchObject({
      result: 'UNAUTHENTICATED',
      challenge: expect.stringMatching(/^DPoP algs=/),
    })
    const stolen = createClient().signStolen
    expect(await call('List', signed('List', stolen))).toMatchObject({
      result: 'UNAUTHENTICATED',
      challenge: expect.stringMatching('error="invalid_token"'),
    })
    expect(await call('List', signed('Create'))).toMatchObject({
      result: 'UNAUTHENTICATED',
      challenge: expect.stringMatching('error="invalid_dpop_proof"'),
    })
    await expect(watch(signed('Watch', stolen))).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED })
    expect(handled).toEqual([])
  })

  test('rejects a proof that was used before', async () => {
    const { call, handled } = await connect()
    const fields = signed('List')
    expect((await call('List', fields)).result).toBe('alice')
    expect(await call('List', fields)).toMatchObject({
      result: 'UNAUTHENTICATED',
      challenge: expect.stringMatching('used before'),
    })
    expect(handled).toHaveLength(1)
  })

  test('rejects malformed credentials, and two proofs', async () => {
    const { call } = await connect()
    const { dpop, ...others } = signed('List')
    expect((await call('List', { ...others, dpop: `${dpop}, ${dpop}` })).result).toBe('UNAUTHENTICATED')
    expect((await call('List', { authorization: 'DPoP a, DPoP b' })).result).toBe('INVALID_ARGUMENT')
  })

  test('rejects a call without its scope, and a method without an entry', async () => {
    const { call, handled } = await connect()
    expect(await call('Create', signed('Create'))).toMatchObject({
      result: 'PERMISSION_DENIED',
      challenge: expect.stringMatching('scope="orders:write"'),
    })
    expect(await call('Closed', signed('Closed'))).toMatchObject({ result: 'PERMISSION_DENIED', challenge: '' })
    expect(handled).toEqual([])
  })

  test('a mistake in the scopes of a method closes it, and the process goes on', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => logged.mockRestore())
    const { call, handled } = await connect()
    expect((await call('Mistaken', signed('Mistaken'))).result).toBe('UNAVAILABLE')
    expect(logged.mock.calls).toEqual([
      [expect.objectContaining({ message: expect.stringContaining('"scopes" must be') })],
    ])
    expect((await call('List', signed('List'))).result).toBe('alice')
    expect(handled).toEqual([methods.List.path])
  })
})
