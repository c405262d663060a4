// @ts-check
// The cost of an entry in Redis: bytes per key, keys per second, bytes on the wire. It starts its own server, without persistence.
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createKeys } from '../support/keys.js'
import { median } from '../support/numbers.js'
import { startRedis } from '../support/redis-server.js'

/** The command that `@dpop-guard/redis` sends. */
const prefix = 'dpop-guard:'
const ttlMilliseconds = 91_000

/** @param {readonly string[]} words */
function encode(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** @param {string} key */
const encodeClaim = (key) => encode(['SET', prefix + key, '1', 'NX', 'PX', String(ttlMilliseconds)])

/** @typedef {Awaited<ReturnType<typeof connect>>} Connection */

/** A connection that sends commands and returns their replies. @param {number} port */
async function connect(port) {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
  await once(socket, 'connect')
  let text = ''
  let resolve = /** @param {string} _replies */ (_replies) => {}
  let reject = /** @param {Error} _error */ (_error) => {}
  let isComplete = /** @param {string} _text */ (_text) => false
  socket.on('error', (error) => reject(error))
  socket.on('data', (chunk) => {
    text += chunk
    if (/^-|\n-/.test(text)) reject(new Error(text.trim()))
    if (!isComplete(text)) return
    const replies = text
    text = ''
    resolve(replies)
  })

  /**
   * @param {string} request
   * @param {(text: string) => boolean} complete
   * @returns {Promise<string>}
   */
  function ask(request, complete) {
    return new Promise((onReply, onError) => {
      resolve = onReply
      reject = onError
      isComplete = complete
      socket.write(request)
    })
  }

  return {
    /** Sends the commands for these keys in one write. All must be first uses. @param {readonly string[]} keys */
    async add(keys) {
      const replies = await ask(keys.map(encodeClaim).join(''), (received) => received.length >= keys.length * 5)
      if (replies !== '+OK\r\n'.repeat(keys.length)) throw new Error('a first use was rejected')
    },
    /** Sends the command for a used key. @param {string} key */
    async addAgain(key) {
      const reply = await ask(encodeClaim(key), (received) => received.endsWith('\r\n'))
      if (reply !== '$-1\r\n') throw new Error('a replay was accepted')
    },
    /** Numbers of `INFO`. */
    async info() {
      const reply = await ask(encode(['INFO']), (received) => {
        const [, length = ''] = /^\$(\d+)\r\n/.exec(received) ?? []
        return length !== '' && received.length >= length.length + 3 + Number(length) + 2
      })
      /** @param {string} name */
      const read = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(reply)?.[1])
      return {
        memory: read('used_memory'),
        cpuSeconds: read('used_cpu_user') + read('used_cpu_sys'),
        received: read('total_net_input_bytes'),
        sent: read('total_net_output_bytes'),
      }
    },
    close: () => socket.destroy(),
  }
}

/**
 * How many keys per second this work adds: by the clock, and by the CPU time of the server. Other programs on the machine change
 * the second figure less.
 *
 * @param {Connection} control
 * @param {() => Promise<number>} work - resolves the number of keys it added
 */
async function measureRate(control, work) {
  const before = await control.info()
  const begun = performance.now()
  const calls = await work()
  const seconds = (performance.now() - begun) / 1000
  const after = await control.info()
  return { byClock: calls / seconds, byCpu: calls / (after.cpuSeconds - before.cpuSeconds) }
}

/** @param {readonly { byClock: number, byCpu: number }[]} rates */
function medianRate(rates) {
  return { byClock: median(rates.map((rate) => rate.byClock)), byCpu: median(rates.map((rate) => rate.byCpu)) }
}

/** Undefined without a redis-server. */
export async function measureRedis() {
  const server = await startRedis()
  if (server === undefined) return undefined
  /** @type {Connection[]} */
  const connections = []
  try {
    const control = await connect(server.port)
    connections.push(control)
    const nextKey = createKeys()
    /** @param {number} length */
    const takeKeys = (length) => Array.from({ length }, nextKey)

    // One connection with a hundred commands in flight, up to a million keys and beyond, until the tables of Redis have doubled.
    const empty = await control.info()
    const pipelined = []
    const bytesPerKey = []
    for (const thousands of [250, 250, 250, 250, 100]) {
      pipelined.push(
        await measureRate(control, async () => {
          for (let batch = 0; batch < thousands * 10; batch++) await control.add(takeKeys(100))
          return thousands * 1000
        }),
      )
      const made = 250_000 * (pipelined.length - 1) + thousands * 1000
      const { memory } = await control.info()
      if (made >= 1_000_000) bytesPerKey.push((memory - empty.memory) / made)
    }
    const full = await control.info()
    const calls = 1_100_000
    await control.addAgain(createKeys()())

    // Fifty connections, each waiting for its reply, as from fifty processes.
    const others = await Promise.all(Array.from({ length: 50 }, () => connect(server.port)))
    connections.push(...others)
    const single = []
    for (let repeat = 0; repeat < 3; repeat++) {
      single.push(
        await measureRate(control, async () => {
          const each = 800
          const run = /** @param {Connection} connection */ async (connection) => {
            for (let count = 0; count < each; count++) await connection.add([nextKey()])
          }
          await Promise.all(others.map(run))
          return each * others.length
        }),
      )
    }
    return {
      version: server.version,
      bytesPerKey: Math.max(...bytesPerKey),
      pipelined: medianRate(pipelined),
      single: medianRate(single),
      wire: { request: (full.received - empty.received) / calls, reply: (full.sent - empty.sent) / calls },
    }
  } finally {
    for (const connection of connections) connection.close()
    await server.stop()
  }
}
