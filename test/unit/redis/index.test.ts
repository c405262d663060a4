import { inspect } from 'node:util'
import { type RedisReplayStoreOptions, redisReplayStore, type SendCommand } from '@dpop-guard/redis'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { mistyped } from '../../support/guard-scene.js'

const key = 'k'.repeat(43)

/** A server whose replies the test sends, when it wants to. */
function createServer() {
  const commands: string[][] = []
  const settle: { resolve(reply: unknown): void; reject(error: Error): void }[] = []
  const sendCommand: SendCommand = (...args) => {
    commands.push(args)
    return new Promise((resolve, reject) => settle.push({ resolve, reject }))
  }
  return {
    commands,
    sendCommand,
    reply: (index: number, reply: unknown) => settle[index]?.resolve(reply),
    fail: (index: number, message: string) => settle[index]?.reject(new Error(message)),
  }
}

/** The outcome of a call, as a string: `pending` until it is settled. */
function follow(claim: boolean | Promise<boolean>): { outcome: string } {
  const followed = { outcome: 'pending' }
  Promise.resolve(claim).then(
    (first) => {
      followed.outcome = String(first)
    },
    (error: Error) => {
      followed.outcome = error.message
    },
  )
  return followed
}

describe('options', () => {
  const sendCommand: SendCommand = async () => 'OK'

  test.each([
    { options: undefined, message: 'options' },
    { options: {}, message: 'sendCommand' },
    { options: { sendCommand: 'SET' }, message: 'sendCommand' },
    { options: { sendCommand, prefix: '' }, message: 'prefix' },
    { options: { sendCommand, prefix: 'my api:' }, message: 'prefix' },
    { options: { sendCommand, prefix: 7 }, message: 'prefix' },
    { options: { sendCommand, timeoutSeconds: 0 }, message: 'timeoutSeconds' },
    { options: { sendCommand, timeoutSeconds: 61 }, message: 'timeoutSeconds' },
    { options: { sendCommand, timeoutSeconds: Number.NaN }, message: 'timeoutSeconds' },
    { options: { sendCommand, timeoutSeconds: '1' }, message: 'timeoutSeconds' },
    { options: { sendCommand, timeoutSecond: 1 }, message: 'did you mean "timeoutSeconds"' },
    { options: { client: {} }, message: 'client' },
  ])('$options is rejected', ({ options, message }) => {
    const create = () => redisReplayStore(mistyped<RedisReplayStoreOptions>(options))
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  test('sends nothing when it is made', () => {
    const { sendCommand, commands } = createServer()
    redisReplayStore({ sendCommand })
    expect(commands).toEqual([])
  })
})

describe('the command', () => {
  test('has whole milliseconds, never fewer than ttlSeconds', async () => {
    const { sendCommand, commands, reply } = createServer()
    // The products are 1000.9999999999999 and 16100.000000000002.
    for (const [index, seconds] of [1.001, 16.1].entries()) {
      const claim = redisReplayStore({ sendCommand }).addIfAbsent(key, seconds)
      reply(index, 'OK')
      await claim
    }
    expect(commands.map((command) => command.at(-1))).toEqual(['1001', '16101'])
  })

  test('is one SET with NX and PX, milliseconds', async () => {
    const { sendCommand, commands, reply } = createServer()
    const claim = redisReplayStore({ sendCommand }).addIfAbsent(key, 90)
    reply(0, 'OK')
    await claim
    expect(commands).toEqual([['SET', `dpop-guard:${key}`, '1', 'NX', 'PX', '90000']])
  })

  test('has the prefix before the key', () => {
    const { sendCommand, commands } = createServer()
    follow(redisReplayStore({ sendCommand, prefix: '{orders}:' }).addIfAbsent(key, 1))
    expect(commands).toEqual([['SET', `{orders}:${key}`, '1', 'NX', 'PX', '1000']])
  })
})

describe('the reply', () => {
  const claimWith = (reply: unknown) => redisReplayStore({ sendCommand: async () => reply }).addIfAbsent(key, 60)

  test('OK is the first use', async () => {
    expect(await claimWith('OK')).toBe(true)
  })

  test('nil is a replay', async () => {
    expect(await claimWith(null)).toBe(false)
  })

  test.each(
    [
      'ok',
      'QUEUED',
      '',
      Buffer.from('OK'),
      1,
      0,
      true,
      false,
      undefined,
      ['OK'],
      { value: 'OK' },
      new Error('READONLY'),
    ].map((reply) => ({ reply, title: inspect(reply).split('\n')[0] })),
  )('$title rejects', async ({ reply }) => {
    await expect(claimWith(reply)).rejects.toThrow('neither OK nor nil')
  })

  test.each([
    ['READONLY You can not write against a read only replica.', 'the server replied READONLY'],
    ['NOAUTH Authentication required.', 'the server replied NOAUTH'],
    ['-WRONGPASS invalid username-password pair or user is disabled.', 'the server replied WRONGPASS'],
    ['hunter2 is not connected', expect.stringContaining('sendCommand() failed')],
    ['redis://user:secret@host', expect.stringContaining('sendCommand() failed')],
  ])('an error rejects, and for %j the message is: %s', async (text, message) => {
    const error = new Error(text)
    const store = redisReplayStore({ sendCommand: () => Promise.reject(error) })
    await expect(store.addIfAbsent(key, 60)).rejects.toMatchObject({ message, cause: error })
  })

  test('an error that the client throws rejects', async () => {
    const error = new Error('the client is closed')
    const store = redisReplayStore({
      sendCommand() {
        throw error
      },
    })
    await expect(store.addIfAbsent(key, 60)).rejects.toMatchObject({ cause: error })
  })

  test('an error does not stop other calls', async () => {
    const { sendCommand, commands, fail } = createServer()
    const store = redisReplayStore({ sendCommand })
    const first = follow(store.addIfAbsent(key, 60))
    fail(0, 'READONLY')
    await vi.waitFor(() => expect(first.outcome).toBe('the server replied READONLY'), { timeout: 20_000 })
    follow(store.addIfAbsent(key, 60))
    follow(store.addIfAbsent(key, 60))
    expect(commands).toHaveLength(3)
  })
})

describe('a server that does not answer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000)

  /** A store whose server has not answered within the timeout. */
  async function createSilent() {
    const server = createServer()
    const store = redisReplayStore({ sendCommand: server.sendCommand })
    const claim = () => follow(store.addIfAbsent(key, 60))
    const first = claim()
    await seconds(1)
    expect(first.outcome).toBe('no answer in 1 seconds')
    return { ...server, claim, first }
  }

  test('has one second', async () => {
    const { sendCommand } = createServer()
    const { outcome } = await waitFor(0.999, redisReplayStore({ sendCommand }))
    expect(outcome).toBe('pending')
    expect((await waitFor(1, redisReplayStore({ sendCommand }))).outcome).toBe('no answer in 1 seconds')
  })

  test('has timeoutSeconds if they are set', async () => {
    const { sendCommand } = createServer()
    const store = () => redisReplayStore({ sendCommand, timeoutSeconds: 0.25 })
    expect((await waitFor(0.249, store())).outcome).toBe('pending')
    expect((await waitFor(0.25, store())).outcome).toBe('no answer in 0.25 seconds')
  })

  async function waitFor(count: number, store: ReturnType<typeof redisReplayStore>) {
    const claim = follow(store.addIfAbsent(key, 60))
    await seconds(count)
    return { ...claim }
  }

  test('then gets one command at a time, and all other calls fail at once', async () => {
    const { commands, claim } = await createSilent()
    const [probe, ...others] = Array.from({ length: 100 }, claim)
    await seconds(0)
    expect(commands).toHaveLength(2)
    expect(probe?.outcome).toBe('pending')
    expect(new Set(others.map(({ outcome }) => outcome))).toEqual(new Set(['the server does not answer']))

    await seconds(1)
    expect(probe?.outcome).toBe('no answer in 1 seconds')
    claim()
    expect(commands).toHaveLength(3)
  })

  test('gets one command a second while it is down, with any number of calls', async () => {
    const { commands, claim } = await createSilent()
    for (let tick = 0; tick < 1000; tick++) {
      claim()
      await seconds(0.01)
    }
    expect(commands.length).toBeGreaterThan(5)
    expect(commands.length).toBeLessThanOrEqual(12)
  })

  test('gets all commands again when it replies', async () => {
    const { commands, claim, reply } = await createSilent()
    const probe = claim()
    reply(1, null)
    await seconds(0)
    expect(probe.outcome).toBe('false')
    const claims = [claim(), claim(), claim()]
    expect(commands).toHaveLength(5)
    for (const index of [2, 3, 4]) reply(index, 'OK')
    await seconds(0)
    expect(claims.map(({ outcome }) => outcome)).toEqual(['true', 'true', 'true'])
  })

  test.each(['OK', null])(
    'replies %o too late: the call has failed, and it still gets one command at a time',
    async (late) => {
      const { commands, claim, reply, first } = await createSilent()
      reply(0, late)
      await seconds(0)
      expect(first.outcome).toBe('no answer in 1 seconds')
      claim()
      claim()
      expect(commands).toHaveLength(2)
    },
  )

  test('does not count as back when the client reports its own timeout', async () => {
    const { commands, claim, fail } = await createSilent()
    const probe = claim()
    fail(1, 'request timed out')
    await seconds(0)
    expect(probe.outcome).toContain('sendCommand() failed')
    claim()
    claim()
    expect(commands).toHaveLength(3)
  })

  test('may fail late without an unhandled rejection', async () => {
    const rejections: unknown[] = []
    const note = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', note)
    const { fail, reply, claim } = await createSilent()
    claim()
    await seconds(1)
    fail(0, 'Connection is closed.')
    reply(1, 'OK')
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })

  test('leaves no timer when it replies', async () => {
    const { sendCommand, reply } = createServer()
    const claim = follow(redisReplayStore({ sendCommand }).addIfAbsent(key, 60))
    expect(vi.getTimerCount()).toBe(1)
    reply(0, 'OK')
    await seconds(0)
    expect(claim.outcome).toBe('true')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not affect another store', async () => {
    await createSilent()
    const { sendCommand, commands } = createServer()
    const store = redisReplayStore({ sendCommand })
    follow(store.addIfAbsent(key, 60))
    follow(store.addIfAbsent(key, 60))
    expect(commands).toHaveLength(2)
  })
})
