// @ts-check
// Four processes of the API in examples/cluster, with one Redis. It needs redis-server, or REDIS_URL. Run it:
// node examples/demo/stories/cluster.js
import cluster from 'node:cluster'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startAuthorizationServer } from '../authorization-server.js'
import { startClient } from '../client.js'
import { listenOnLoopback } from '../loopback.js'
import { findRedis } from '../redis.js'
import { report, summarize } from '../report.js'

const processes = 4
const copies = 40

const port = await findFreePort()
const resource = `http://127.0.0.1:${port}`
const redis = await findRedis(await findFreePort())
const authorizationServer = await startAuthorizationServer({ resources: [resource] })

try {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('../../cluster/server.js', import.meta.url)),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const settings = { ISSUER: authorizationServer.issuer, RESOURCE: resource, PORT: port, REDIS_URL: redis.url }
  await Promise.all(Array.from({ length: processes }, () => once(cluster.fork(settings), 'listening')))

  const client = await startClient(authorizationServer)
  const token = await client.getToken(resource, 'orders:read')
  const fresh = () => client.request('GET', `${resource}/orders`, token)
  const proof = await fresh()

  const tries = [
    {
      sent: `client: one proof, ${copies} copies at once`,
      requests: Array.from({ length: copies }, () => proof),
      expected: `1 x 200 for demo-client, ${copies - 1} x 401 invalid_dpop_proof, by ${processes} processes`,
    },
    {
      sent: `attacker: that proof, ${copies} more times`,
      requests: Array.from({ length: copies }, () => proof),
      expected: `${copies} x 401 invalid_dpop_proof, by ${processes} processes`,
    },
    {
      sent: `client: ${copies} fresh proofs at once`,
      requests: await Promise.all(Array.from({ length: copies }, fresh)),
      expected: `${copies} x 200 for demo-client, by ${processes} processes`,
    },
  ]
  const rows = []
  for (const { sent, requests, expected } of tries) {
    rows.push({ sent, expected, answers: [countAnswers(await Promise.all(requests.map(get)))] })
  }
  process.exitCode = report(['answers'], rows) ? 0 : 1
} finally {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.kill()
  authorizationServer.close()
  redis.close()
}

async function findFreePort() {
  const { server, close } = await listenOnLoopback()
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  close()
  return port
}

/**
 * Opens a connection for each request, because each connection goes to the next process.
 *
 * @param {Record<string, string>} headers
 */
async function get(headers) {
  const outgoing = request(`${resource}/orders`, { headers, agent: false, signal: AbortSignal.timeout(10_000) }).end()
  const [response] = await once(outgoing, 'response')
  const incoming = /** @type {import('node:http').IncomingMessage} */ (response)
  const challenges = incoming.headersDistinct['www-authenticate'] ?? []
  return {
    answer: summarize({ status: incoming.statusCode, challenges, body: await text(incoming) }),
    answeredBy: incoming.headers['x-answered-by'],
  }
}

/** @param {Awaited<ReturnType<typeof get>>[]} answers */
function countAnswers(answers) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { answer } of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  const parts = [...counts].sort().map(([answer, count]) => `${count} x ${answer}`)
  return `${parts.join(', ')}, by ${new Set(answers.map(({ answeredBy }) => answeredBy)).size} processes`
}
