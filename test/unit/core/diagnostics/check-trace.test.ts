import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { type CheckTrace, tracingChannels } from '@dpop-guard/core'
import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped } from '../../../support/guard-scene.js'
import { secretsOf } from '../../../support/published-events.js'

const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
type Message = CheckTrace & { error?: unknown }

/** Every message of the channel until the test is finished: its name, the object, and a copy of it as it was then. */
function listen() {
  const channel = tracingChannel<unknown, Message>(tracingChannels.check)
  const messages: { name: string; trace: object; copy: object }[] = []
  const add = (name: string) => (trace: Message) => void messages.push({ name, trace, copy: { ...trace } })
  const subscribers = Object.fromEntries(names.map((name) => [name, add(name)])) as Record<
    (typeof names)[number],
    (trace: Message) => void
  >
  channel.subscribe(subscribers)
  onTestFinished(() => void channel.unsubscribe(subscribers))
  return messages
}

const atStart = { enforced: true, method: 'GET', path: '/orders' }
const unknown = { outcome: undefined, scheme: undefined, reason: undefined, status: undefined }

describe('the tracing channel of a check', () => {
  test('has a stable name', () => {
    expect(tracingChannels).toEqual({ check: 'dpop-guard:check' })
  })

  test('publishes the start and the end of an accepted check, with one object', async () => {
    const { guard, request } = createScene()
    const messages = listen()
    expect(
      await guard.check(request({ target: '/orders?page=2', proof: { url: 'https://api.example.com/orders' } })),
    ).toMatchObject({ accepted: true })
    expect(messages.map(({ name }) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(messages[0]?.copy).toStrictEqual({ ...atStart, ...unknown })
    expect(messages[3]?.copy).toStrictEqual({ ...atStart, ...unknown, outcome: 'accepted', scheme: 'DPoP' })
    expect(new Set(messages.map(({ trace }) => trace)).size).toBe(1)
  })

  test('publishes the reason of a rejected check', async () => {
    const { guard, request } = createScene()
    const messages = listen()
    await guard.check(request({ proof: { method: 'PUT' } }))
    expect(messages[3]?.copy).toStrictEqual({
      ...atStart,
      ...unknown,
      outcome: 'rejected',
      reason: 'proof_htm',
      status: 401,
    })
  })

  test('publishes the reason of a check that cannot be decided', async () => {
    const { guard, request } = createScene({ isRevoked: () => Promise.reject(new Error('down')) })
    const messages = listen()
    await guard.check(request())
    const reason = 'revocation_unavailable'
    expect(messages[3]?.copy).toStrictEqual({ ...atStart, ...unknown, outcome: 'unavailable', reason, status: 503 })
  })

  test('has no scheme for a request without credentials', async () => {
    const { guard } = createScene({ credentials: 'optional' })
    const messages = listen()
    await guard.check({ method: 'GET', target: '/orders', headers: [] })
    expect(messages[3]?.copy).toStrictEqual({ ...atStart, ...unknown, outcome: 'accepted' })
  })

  test('says that a check was not enforced', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => void vi.restoreAllMocks())
    const plugin = readPluginOptions({ ...createScene().options, reportOnly: true })
    const messages = listen()
    await admit(plugin, { method: 'GET', target: '/', headers: [] }, {})
    expect(messages[0]?.copy).toMatchObject({ enforced: false })
  })

  test('publishes the error of a call without a request, and the call rejects with it', async () => {
    const { guard } = createScene()
    const messages = listen()
    await expect(guard.check(mistyped({ method: 7, target: 7 }))).rejects.toThrow(TypeError)
    expect(messages.map(({ name }) => name)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(messages[2]?.copy).toMatchObject({ method: undefined, path: undefined, error: expect.any(TypeError) })
  })

  test('never has a token, a proof or a nonce', async () => {
    const { guard, request } = createScene({
      freshness: 'both',
      nonce: { secrets: ['s'.repeat(32)] },
      sendNonce: 'always',
    })
    const messages = listen()
    const good = request()
    const verdict = await guard.check(good)
    const secrets = [...secretsOf(good), String(verdict.headers['dpop-nonce'])]
    const shown = JSON.stringify(messages)
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([])
  })

  test('runs the check with the store that a tracer has bound to its start', async () => {
    const span = new AsyncLocalStorage<string>()
    const { start } = tracingChannel(tracingChannels.check)
    start.bindStore(span, () => 'the span of this check')
    onTestFinished(() => void start.unbindStore(span))
    const isRevoked = vi.fn(() => span.getStore() === undefined)
    const { guard, request } = createScene({ isRevoked })
    expect(await guard.check(request())).toMatchObject({ accepted: true })
    expect(isRevoked).toHaveBeenCalledOnce()
    expect(span.getStore()).toBeUndefined()
  })
})
