import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  diagnosticsChannels,
  type GuardOptions,
  type GuardRequest,
  type NonceService,
  type RejectedEvent,
} from '@dpop-guard/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../../../support/guard-scene.js'
import { createProofClient } from '../../../support/proof-client.js'
import { listenToAll, secretsOf } from '../../../support/published-events.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

/** A token that nobody signed. */
function unsigned(claims: string): string {
  return ['{"typ":"at+jwt","alg":"ES256"}', claims, 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
}

const nonceService = (parts: Partial<NonceService>): NonceService => ({ issue: () => 'n', check: () => true, ...parts })

describe('a value that does not match', () => {
  test('of iss or aud is shown with the ones that would match, and cannot forge a log line', async () => {
    const scene = createScene()
    const published = listenToAll()
    await scene.guard.check(scene.request({ token: { iss: 'https://as.example.com/\r\n' } }))
    await scene.guard.check(scene.request({ token: { aud: ['https://api.example.com/', 'b'] } }))
    expect(published.map(({ event }) => event)).toMatchObject([
      {
        reason: 'token_issuer',
        mismatch: {
          name: 'iss',
          expected: ['https://as.example.com'],
          received: ['https://as.example.com/\\u000d\\u000a'],
        },
      },
      {
        reason: 'token_audience',
        mismatch: { name: 'aud', expected: [resource], received: ['https://api.example.com/', 'b'] },
      },
    ])
  })

  test('is one of 32 at most', async () => {
    const scene = createScene()
    const published = listenToAll()
    const aud = Array.from({ length: 40 }, (_, index) => `https://${index}.example.com`)
    await scene.guard.check(scene.request({ token: { aud } }))
    expect(published).toMatchObject([{ event: { mismatch: { received: aud.slice(0, 32) } } }])
  })

  test.each([
    ['an object that cannot become a string', '{"toString":1,"valueOf":1}', ['object']],
    ['twenty nested lists', `${'['.repeat(20)}1${']'.repeat(20)}`, ['array']],
    ['a number', '7', ['number']],
  ])('is shown by its type if it is not a string: %s', async (_, iss, received) => {
    const { guard, request } = createScene()
    const published = listenToAll()
    const verdict = await guard.check(request({ accessToken: unsigned(`{"iss":${iss}}`) }))
    expect(verdict).toMatchObject({ status: 401, reason: 'token_issuer' })
    expect(published).toMatchObject([{ channel: 'dpop-guard:rejected', event: { mismatch: { received } } }])
  })

  test('a scope that a route needs is rejected with the method and path of the request', async () => {
    const scene = createScene()
    const verdict = await scene.guard.check(scene.request({ method: 'POST' }))
    const published = listenToAll()
    if (!verdict.accepted) throw new Error('rejected')
    scene.guard.checkScopes(verdict.auth, ['admin'])
    expect(published.map(({ event }) => event)).toMatchObject([
      { reason: 'scope_insufficient', method: 'POST', path: '/orders', clientId: 'client-1' },
    ])
  })
})

describe('a URI that is shown', () => {
  const shownOf = async (url: string) => {
    const { guard, request } = createScene()
    const published = listenToAll()
    expect(await guard.check(request({ proof: { url } }))).toMatchObject({ reason: 'proof_htu' })
    return mistyped<RejectedEvent | undefined>(published[0]?.event)?.mismatch?.received[0]
  }

  test.each([
    ['https://user:secret@api.example.com/orders', 'https://api.example.com/orders'],
    ['//user:secret@api.example.com/orders', '//api.example.com/orders'],
    ['user:secret@api.example.com', 'api.example.com'],
    ['https://api.example.com/@alice/a@b', 'https://api.example.com/@alice/a@b'],
    ['https://api.example.com/a?secret\nsecret', 'https://api.example.com/a'],
    [`https://api.example.com/${'a'.repeat(300)}`, `https://api.example.com/${'a'.repeat(232)}`],
  ])('is %s without its secrets', async (url, shown) => {
    expect(await shownOf(url)).toBe(shown)
  })

  test('is cut short also if it is the expected one', async () => {
    const { guard, request } = createScene()
    const published = listenToAll()
    const target = `/${'a'.repeat(300)}`
    await guard.check(request({ target, proof: { url: 'https://api.example.com/' } }))
    expect(published).toMatchObject([
      { event: { mismatch: { expected: [`https://api.example.com/${'a'.repeat(232)}`] } } },
    ])
  })
})

describe('the channels', () => {
  test('have stable names', () => {
    expect(diagnosticsChannels).toEqual({
      accepted: 'dpop-guard:accepted',
      rejected: 'dpop-guard:rejected',
      unavailable: 'dpop-guard:unavailable',
    })
  })

  test('publish an accepted request', async () => {
    const { guard, request, client } = createScene()
    const published = listenToAll()
    await guard.check(request({ method: 'PUT', proof: { now: now - 7 } }))
    expect(published).toEqual([
      {
        channel: 'dpop-guard:accepted',
        event: {
          enforced: true,
          method: 'PUT',
          path: '/orders',
          scheme: 'DPoP',
          issuer: 'https://as.example.com',
          clientId: 'client-1',
          jkt: client.jkt,
          iatOffsetSeconds: 7,
        },
      },
    ])
  })

  test('publish a rejected request, with the age of its proof', async () => {
    const { guard, request, client } = createScene()
    const published = listenToAll()
    await guard.check(request({ proof: { now: now + 45 } }))
    expect(published).toEqual([
      {
        channel: 'dpop-guard:rejected',
        event: {
          enforced: true,
          method: 'GET',
          path: '/orders',
          scheme: 'DPoP',
          issuer: 'https://as.example.com',
          clientId: 'client-1',
          jkt: client.jkt,
          iatOffsetSeconds: -45,
          reason: 'proof_from_future',
          status: 401,
          mismatch: { name: 'iat', expected: [`${now + 30} or earlier`], received: [String(now + 45)] },
        },
      },
    ])
  })

  test('publish a request without credentials, with nothing else', async () => {
    const { guard } = createScene()
    const published = listenToAll()
    await guard.check({ method: 'GET', target: '/', headers: [] })
    const unknown = { scheme: undefined, issuer: undefined, clientId: undefined, jkt: undefined }
    const unseen = { iatOffsetSeconds: undefined, mismatch: undefined }
    const decision = { enforced: true, reason: 'credentials_missing', status: 401 }
    const event = { method: 'GET', path: '/', ...decision, ...unknown, ...unseen }
    expect(published).toStrictEqual([{ channel: 'dpop-guard:rejected', event }])
  })

  test('name no issuer, client or key of a token that is not valid', async () => {
    const { guard, request } = createScene()
    const stranger = createTestIssuer()
    const published = listenToAll()
    await guard.check(request({ accessToken: stranger.mint({ now, client_id: 'forged', cnf: { jkt: 'forged' } }) }))
    expect(published).toEqual([
      {
        channel: 'dpop-guard:rejected',
        event: expect.objectContaining({
          reason: 'token_signature',
          scheme: 'DPoP',
          issuer: undefined,
          clientId: undefined,
          jkt: undefined,
        }),
      },
    ])
  })

  test('publish the error of a hook, as it was thrown', async () => {
    const failure = new Error('redis is down')
    const { guard, request } = createScene({ replayStore: { addIfAbsent: () => Promise.reject(failure) } })
    const published = listenToAll()
    await guard.check(request())
    expect(published).toEqual([
      {
        channel: 'dpop-guard:unavailable',
        event: expect.objectContaining({ reason: 'replay_store_unavailable', status: 503, error: failure }),
      },
    ])
  })

  test.each<[message: string, options: Partial<GuardOptions>]>([
    ['confirmCertificate() must return a boolean', { confirmCertificate: () => mistyped('yes') }],
    [
      'publicUrl() must return a base URL: https (http only on a loopback host), with no query and fragment',
      { publicUrl: () => mistyped(1) },
    ],
    ['the clock does not return a time', { clock: () => Number.NaN }],
    ['isRevoked() must return a boolean', { isRevoked: () => mistyped('no') }],
    ['addIfAbsent() must return a boolean', { replayStore: { addIfAbsent: () => mistyped('OK') } }],
    [
      'issue() must return a nonce (RFC 9449 section 8.1)',
      { freshness: 'nonce', nonce: nonceService({ issue: () => '"' }) },
    ],
    ['check() must return a boolean', { freshness: 'nonce', nonce: nonceService({ check: () => mistyped('OK') }) }],
  ])('publish the mistake of a hook: %s', async (message, options) => {
    const { guard, request, client } = createScene(options)
    const published = listenToAll()
    const cnf = { jkt: client.jkt, ...(options.confirmCertificate && { 'x5t#S256': client.jkt }) }
    await guard.check(request({ token: { cnf }, proof: { nonce: 'n' } }))
    expect(published).toMatchObject([
      { channel: 'dpop-guard:unavailable', event: { error: { name: 'TypeError', message } } },
    ])
  })

  test('publish a missing scope once', async () => {
    const { guard, request } = createScene()
    const verdict = await guard.check(request({ method: 'PUT' }))
    if (!verdict.accepted) throw new Error(verdict.reason)
    const published = listenToAll()
    expect(guard.checkScopes(verdict.auth, ['orders:read'])).toBeUndefined()
    expect(guard.checkScopes(verdict.auth, ['admin'])).toBeDefined()
    expect(published).toEqual([
      {
        channel: 'dpop-guard:rejected',
        event: expect.objectContaining({ reason: 'scope_insufficient', status: 403, clientId: 'client-1' }),
      },
    ])
  })
})

describe('a mismatch of "htu"', () => {
  async function observe(url: string, target = '/orders?token=query-secret') {
    const { guard, request } = createScene({ publicUrl: [resource, 'https://alias.example/svc1'] })
    const published = listenToAll()
    await guard.check(request({ target, proof: { url } }))
    const [first] = published
    return mistyped<RejectedEvent>(first?.event)
  }

  test('shows the expected and the received value', async () => {
    expect(await observe('https://other.example/orders')).toMatchObject({
      reason: 'proof_htu',
      mismatch: {
        name: 'htu',
        expected: ['https://api.example.com/orders', 'https://alias.example/svc1/orders'],
        received: ['https://other.example/orders'],
      },
    })
  })

  test.each(['/orders/50%', '/a%zz', '/caf\u00e9'])(
    'is not reported for a target that is not a URI: %s',
    async (target) => {
      const event = await observe(resource + target, `${target}?token=query-secret`)
      expect(event).toMatchObject({
        reason: 'target_not_uri',
        path: target.replace('\u00e9', '\\u00e9'),
        mismatch: { name: 'request target', received: [target.replace('\u00e9', '\\u00e9')] },
      })
    },
  )

  test('shows a character beyond ASCII and its encoded form differently', async () => {
    expect(await observe('https://api.example.com/caf\u00e9', '/caf%C3%A9')).toMatchObject({
      reason: 'proof_htu',
      mismatch: {
        expected: ['https://api.example.com/caf%C3%A9', expect.anything()],
        received: ['https://api.example.com/caf\\u00e9'],
      },
    })
  })

  test.each([
    ['https://user:secret@other.example/orders', 'https://other.example/orders'],
    ['https://user@secret@other.example/orders', 'https://other.example/orders'],
    ['https://other.example/orders?code=secret', 'https://other.example/orders'],
    ['https://other.example/orders#secret', 'https://other.example/orders'],
    ['https://other.example?secret', 'https://other.example'],
    ['https://other.example/a\n#secret\nb?secret', 'https://other.example/a\\u000a'],
    ['HTTPS://user:secret@OTHER.example/', 'HTTPS://OTHER.example/'],
  ])('shows of %j only %j', async (url, shown) => {
    const event = await observe(url)
    expect(event).toMatchObject({ reason: 'proof_htu', mismatch: { received: [shown] } })
    expect(JSON.stringify(event)).not.toContain('secret')
  })

  test.each([
    'https:user:secret@other.example/',
    'https:/user:secret@other.example/',
    'https:\\\\user:secret@other.example/',
  ])('shows no userinfo of %j', async (url) => {
    expect(JSON.stringify(await observe(url))).not.toContain('secret')
  })

  test('is cut short', async () => {
    const event = await observe(`https://other.example/${'a'.repeat(4000)}`)
    expect(event.mismatch?.received[0]).toHaveLength(256)
  })
})

describe('a hostile string', () => {
  const controls = '\u0000\u0007\u001b[31m\r\n\u007f\u0085\u009b\u00a0\u2028\u202e\ud800\ufeff'
  const visible = /^[\x20-\x7e]*$/

  test.each([
    ['the method', { method: `GET${controls}`, proof: {} }],
    ['"htm"', { proof: { claims: { htm: `GET${controls}` } } }],
    ['"htu"', { proof: { claims: { htu: `https://api.example.com/${controls}` } } }],
    ['"client_id"', { token: { client_id: `client${controls}` }, proof: { method: 'POST' } }],
    ['"azp"', { token: { client_id: undefined, azp: `client${controls}` }, proof: { method: 'POST' } }],
  ])('in %s puts no control character into an event', async (_, parts) => {
    const { guard, request } = createScene()
    const published = listenToAll()
    await guard.check(request(parts))
    expect(published).toHaveLength(1)
    for (const text of stringsOf(published[0]?.event)) expect(text).toMatch(visible)
  })

  test('in the method is cut short', async () => {
    const { guard } = createScene()
    const published = listenToAll()
    await guard.check({ method: 'A'.repeat(10_000), target: '/', headers: [] })
    expect(published[0]?.event).toMatchObject({ method: 'A'.repeat(256) })
  })

  test.each([
    [{ client_id: undefined, azp: ['a'] }],
    [{ client_id: undefined, azp: { toString: 'x' } }],
    [{ iss: 'https://as.example.com', client_id: undefined }],
  ])('of a wrong type is left out: %o', async (token) => {
    const { guard, request } = createScene()
    const published = listenToAll()
    await guard.check(request({ token }))
    expect(published).toHaveLength(1)
    expect(published[0]?.event).toMatchObject({ clientId: undefined })
  })
})

test('no event holds a token, a proof, a part of them, or a jti', async () => {
  const failing = createScene({ replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
  const scene = createScene()
  const { request, client } = scene
  const published = listenToAll()
  const replayed = request()
  const requests: [typeof scene.guard, GuardRequest][] = [
    [scene.guard, replayed],
    [scene.guard, replayed],
    [scene.guard, request({ proof: { url: 'https://other.example/' } })],
    [scene.guard, request({ proof: { method: 'POST' } })],
    [scene.guard, request({ proof: { accessToken: 'other' } })],
    [scene.guard, request({ proof: { now: now - 100 } })],
    [scene.guard, request({ token: { exp: now - 100 } })],
    [scene.guard, request({ token: { cnf: undefined } })],
    [scene.guard, request({ token: { cnf: { jkt: createProofClient().jkt } } })],
    [scene.guard, request({ accessToken: createTestIssuer().mint({ now, cnf: { jkt: client.jkt } }) })],
    [scene.guard, request({ headers: ['DPoP', 'a.b.c'] })],
    [failing.guard, failing.request()],
  ]
  for (const [guard, one] of requests) await guard.check(one)
  expect(published).toHaveLength(requests.length)
  const text = published.map(({ event }) => stringsOf(event).join('\n')).join('\n')
  for (const secret of requests.flatMap(([, one]) => secretsOf(one))) {
    expect(secret.length).toBeGreaterThan(15)
    expect(text).not.toContain(secret)
  }
})

/** Every string in a payload, with those of errors. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof Error) return [value.message, ...stringsOf(value.cause)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : []
}

test('a subscriber that throws does not change the verdict', async () => {
  const uncaught: unknown[] = []
  const listener = () => {
    throw new Error('subscriber')
  }
  // diagnostics_channel throws an error of a subscriber in the process.
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  subscribe(diagnosticsChannels.accepted, listener)
  onTestFinished(() => {
    unsubscribe(diagnosticsChannels.accepted, listener)
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  const { guard, request } = createScene()
  expect(await outcome(guard, request())).toBe('accepted')
  await new Promise((resolve) => setImmediate(resolve))
  expect(uncaught).toHaveLength(1)
})

test.each([
  ['with the option', { audience: ['https://api.example.com/', 'b'] }],
  ['with the default', {}],
])('a subscriber cannot add an accepted audience, %s', async (_, options) => {
  const { guard, request } = createScene(options)
  const add = (event: unknown) => {
    const { mismatch } = event as { mismatch: { expected: string[] } }
    mismatch.expected.push('https://evil.example')
  }
  subscribe(diagnosticsChannels.rejected, add)
  onTestFinished(() => void unsubscribe(diagnosticsChannels.rejected, add))
  const another = () => outcome(guard, request({ token: { aud: 'https://evil.example' } }))
  expect(await another()).toBe('401 token_audience')
  expect(await another()).toBe('401 token_audience')
  expect.assertions(2)
})
