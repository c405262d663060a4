import type { ReplayStore } from '@dpop-guard/core'
import { invalidOption, missingOption, readObjectOption, readSecondsOption } from '@dpop-guard/core/internal'
import { loggable } from '@dpop-guard/core/plugin'
import { FailFast } from './fail-fast.js'
import { describeFailure } from './reply-error.js'

/**
 * Sends one command to Redis or Valkey and resolves its reply: `OK` as a string, nil as null. Every client library has such a
 * function; the README has the line for each.
 */
export type SendCommand = (...args: [command: string, key: string, ...rest: string[]]) => Promise<unknown>

export interface RedisReplayStoreOptions {
  sendCommand: SendCommand
  /** Before every key; keeps apart what shares a server. Processes of one API need the same. Default `dpop-guard:`. */
  prefix?: string | undefined
  /** A reply that takes longer has failed: 503. Seconds, 0.01 to 60, default 1. */
  timeoutSeconds?: number | undefined
}

const printable = /^[\x21-\x7e]+$/

/**
 * A replay store that all processes share: one atomic `SET key 1 NX PX ttl` for each proof. `OK` is the first use, nil a
 * replay; any other reply, an error or a timeout rejects, and the guard answers 503. Throws a TypeError for wrong options.
 *
 * What it does NOT guarantee: a write that the server has confirmed and then loses, as a failover to an asynchronous replica
 * can, is forgotten; the proof could be used once more until it is too old.
 *
 * @example
 * const replay = redisReplayStore({ sendCommand: (...args) => client.sendCommand(args) })
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
        new TypeError(`the reply to SET NX is neither OK nor nil: sendCommand gave ${describeReply(reply)}`),
      )
    },
  }
}

/** By its kind: the reply may be anything that the server holds. */
function describeReply(reply: unknown): string {
  if (Buffer.isBuffer(reply)) return 'a buffer'
  if (Array.isArray(reply)) return 'an array'
  return typeof reply === 'string' ? 'another string' : String(typeof reply)
}
