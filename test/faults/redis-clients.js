// Plain JavaScript, because the worker processes use it too. Its types are in redis-clients.d.ts.
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'

const readme = readFileSync(new URL('../../packages/redis/README.md', import.meta.url), 'utf8')

export const recipes = new Map(
  [...readme.matchAll(/^\| (`[^|]+) \| `([^|]+)` \| `([^|]+)` \|$/gm)].map(
    ([, row = '', sendCommand = '', settings = '']) => [row, { sendCommand, settings }],
  ),
)

const glide = await import('@valkey/valkey-glide').catch(() => undefined)
glide?.Logger.setLoggerConfig('off')
const glideIsMissing = glide === undefined ? '@valkey/valkey-glide has nothing for this platform' : undefined

const host = '127.0.0.1'

export const redisClients = [
  define('redis', 'single', '`redis`', async ([port], settings) => {
    const client = createClient({ url: `redis://${host}:${port}`, ...settings })
    client.on('error', () => {})
    await client.connect()
    return [client, () => client.destroy()]
  }),
  define('redis cluster', 'cluster', '`redis`, cluster', async (ports, settings) => {
    const cluster = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://${host}:${port}` })), ...settings })
    cluster.on('error', () => {})
    await cluster.connect()
    return [cluster, () => cluster.destroy()]
  }),
  define('ioredis', 'single', '`ioredis`', async ([port], settings) => {
    const redis = new Redis({ port, host, ...settings, lazyConnect: true })
    redis.on('error', () => {})
    await redis.connect()
    return [redis, () => redis.disconnect()]
  }),
  define('ioredis Cluster', 'cluster', '`ioredis`, `Cluster`', async (ports, settings) => {
    const cluster = new Cluster(
      ports.map((port) => ({ port, host })),
      { ...settings, lazyConnect: true },
    )
    cluster.on('error', () => {})
    await cluster.connect()
    return [cluster, () => cluster.disconnect()]
  }),
  define('valkey-glide', 'single', '`@valkey/valkey-glide`, one server or cluster', ([port], settings) =>
    connectGlide(glide?.GlideClient, [port], settings),
  ),
  define('valkey-glide cluster', 'cluster', '`@valkey/valkey-glide`, one server or cluster', (ports, settings) =>
    connectGlide(glide?.GlideClusterClient, ports, settings),
  ),
]

async function connectGlide(Client, ports, settings) {
  const client = await Client.createClient({ addresses: ports.map((port) => ({ host, port })), ...settings })
  return [client, () => client.close()]
}

function define(name, topology, row, open) {
  return {
    name,
    topology,
    row,
    missing: name.startsWith('valkey-glide') ? glideIsMissing : undefined,
    async connect(ports) {
      const { sendCommand, settings } = recipes.get(row)
      const [client, close] = await open(ports, evaluate(`{ ${settings} }`))
      return { sendCommand: evaluate(sendCommand, client), close }
    },
  }
}

/** The README calls the connection `client`, `cluster` or `redis`. */
function evaluate(code, connection) {
  return compileFunction(`return (${code})`, ['client', 'cluster', 'redis'])(connection, connection, connection)
}
