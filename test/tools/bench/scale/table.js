// @ts-check
// The table of requests a second, computed from the measurements.
import { bitsText, bytesText, spaced } from '../support/numbers.js'

/** How long a used proof is remembered: 60 seconds of `iat`, and 30 for clock differences. */
export const windowSeconds = 90
/** With `freshness: 'nonce'` and this rotation: two rotations, and 30 for clock differences. */
export const rotationSeconds = 10
export const nonceWindowSeconds = 2 * rotationSeconds + 30

/** How busy a shard may be. The other half is for peaks, and for the load of a shard that fails. */
export const utilisation = 0.5
/** Ethernet, IP and TCP with timestamps, if every command and reply has its own packet. */
export const packetBytes = 66
/** The most entries that `memoryReplayStore` accepts. */
const maxEntries = 2 ** 24

/**
 * @typedef {object} Measured
 * @property {readonly { rate: number, bytes: number }[]} flows
 * @property {{ bytesPerKey: number, single: { byCpu: number }, wire: { request: number, reply: number } }} [redis]
 */

/** @param {number} rate @param {Measured} measured */
function memoryStoreText(rate, { flows }) {
  const entries = rate * windowSeconds
  if (entries > maxEntries) return 'more than it takes'
  const flow = flows.find((one) => one.rate === rate)
  const bytes = flow?.bytes ?? Math.max(...flows.map((one) => one.bytes))
  return `${bytesText(entries * bytes)}${flow === undefined ? '' : ' *'}`
}

/** @param {number} rate @param {NonNullable<Measured['redis']>} redis */
function redisTexts(rate, { bytesPerKey, single, wire }) {
  return [
    bytesText(rate * windowSeconds * bytesPerKey),
    bytesText(rate * nonceWindowSeconds * bytesPerKey),
    spaced(Math.ceil(rate / (single.byCpu * utilisation))),
    bitsText(rate * (wire.request + packetBytes) * 8),
    bitsText(rate * (wire.reply + packetBytes) * 8),
  ]
}

/** In Markdown. @param {Measured} measured */
export function makeTable(measured) {
  const { redis } = measured
  const redisTitles = ['Redis', 'Redis, nonces', 'Redis shards', 'to Redis', 'from Redis']
  const titles = ['requests/s', 'live entries', 'memory store', ...(redis ? redisTitles : [])]
  const rows = [1000, 10_000, 100_000, 1_000_000].map((rate) => [
    spaced(rate),
    spaced(rate * windowSeconds),
    memoryStoreText(rate, measured),
    ...(redis ? redisTexts(rate, redis) : []),
  ])
  const lines = [titles, titles.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The rate at which used proofs fill this much of Redis. @param {number} bytes @param {number} bytesPerKey @param {number} seconds */
export function rateThatFills(bytes, bytesPerKey, seconds) {
  return bytes / (bytesPerKey * seconds)
}
