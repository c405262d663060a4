import type { ReplayStore } from '@dpop-guard/core'
import { invalidOption, missingOption, readObjectOption, readSecondsOption } from '@dpop-guard/core/internal'
import { loggable } from '@dpop-guard/core/plugin'
import { FailFast } from './fail-fast.js'
import { describeFailure } from './reply-error.js'

export type { ReplayStore } from '@dpop-guard/core'

/**
 * Sends one command to Redis or Valkey and resolves to its reply: `OK` as a string, nil as null. The README has the line of code
 * for each client library.
 */
export type SendCommand = (...args: [command: string, key: string, ...rest: string[]]) => Promise<unknown>

/** Options of `redisReplayStore`. */
export interface RedisReplayStoreOptions {
  /** Sends one command through your client library. */
  sendCommand: SendCommand
  /**
   * Put before every key. Use the same prefix in all processes of one API, and another one for another API. Default
   * `dpop-guard:`.
   */
  prefix?: string | undefined
  /** A command that takes longer fails: 503. Seconds, 0.01 to 60, default 1. */
  timeoutSeconds?: number | undefined
}

const printable = /^[\x21-\x7e]+$/

/**
 * A replay store that several processes share. It sends one atomic `SET key 1 NX PX ttl` for each proof. The reply `OK` means
 * the first use, and nil means a replay. For any other reply, an error or a timeout, the guard answers 503. Throws a TypeError
 * for invalid options.
 *
 * Does NOT remember a proof whose entry the server loses, for example in a failover to an asynchronous replica. That proof could
 * be used once more until it is too old.
 *
 * @example
 * const replayStore = redisReplayStore({ sendCommand: (...args) => client.sendCommand(args) })
 */
export function redisReplayStore(options: RedisReplayStoreOptions): ReplayStore {
  const {
    sendCommand,
    prefix = 'dpop-guard:',
    timeoutSeconds,
  } = readObjectOption('', options, [
    'sendCommand',
    'prefix',
    'timeoutSeconds',
  ] satisfies (keyof RedisReplayStoreOptions)[])
  if (sendCommand === undefined) throw missingOption('sendCommand', 'a function that sends one command to the server')
  if (typeof sendCommand !== 'function') throw invalidOption('sendCommand', sendCommand, 'a function')
  if (typeof prefix !== 'string' || !printable.test(prefix))
    throw invalidOption('prefix', prefix, 'a string of printable ASCII without spaces')
  const send = sendCommand as SendCommand
  const sendSafely: SendCommand = async (...args) => {
    try {
      return await send(...args)
    } catch (error) {
      throw describeFailure(error)
    }
  }
  const seconds = readSecondsOption('timeoutSeconds', timeoutSeconds, 1, { min: 0.01, max: 60 })
  const server = new FailFast(seconds)
  return {
    async addIfAbsent(key, ttlSeconds) {
      const reply = await server.ask(() =>
        sendSafely('SET', prefix + key, '1', 'NX', 'PX', String(Math.ceil(ttlSeconds * 1000))),
      )
      if (reply === 'OK') return true
      if (reply === null) return false
      throw loggable(
        new TypeError(`the reply to SET NX is neither OK nor nil: sendCommand returned ${describeReply(reply)}`),
      )
    },
  }
}

/** Describes a reply by its type, because its content may be any value on the server. */
function describeReply(reply: unknown): string {
  if (Buffer.isBuffer(reply)) return 'a buffer'
  if (Array.isArray(reply)) return 'an array'
  return typeof reply === 'string' ? 'another string' : String(typeof reply)
}
