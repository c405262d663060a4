/** Copies of one proof, sent to four processes at once: exactly one is accepted, with every client library. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GuardRequest } from '@dpop-guard/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resource } from '../support/guard-scene.js'
import { createProofClient } from '../support/proof-client.js'
import { redisIsMissing, startEveryTopology } from '../support/redis-server.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { redisClients } from './redis-clients.js'

const processes = 4
const copies = 50
const rounds = 5

const issuer = createTestIssuer()
const client = createProofClient()
const options = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, resource }

function createRequest(): GuardRequest {
  const now = Math.floor(Date.now() / 1000)
  const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt } })
  const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
  const credentials = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  return { method: 'GET', target: '/orders', headers: ['Host', 'api.example.com', ...credentials] }
}

/** How often each item is in the list. */
function count(things: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const thing of things) counts[thing] = (counts[thing] ?? 0) + 1
  return counts
}

describe.skipIf(redisIsMissing)(`races${redisIsMissing ? `, skipped: ${redisIsMissing}` : ''}`, () => {
  let workers: ChildProcess[]
  let servers: Awaited<ReturnType<typeof startEveryTopology>>

  beforeAll(async () => {
    const path = fileURLToPath(new URL('./race-worker.js', import.meta.url))
    workers = Array.from({ length: processes }, () => fork(path, { execArgv: [] }))
    servers = await startEveryTopology()
  }, 30_000)

  afterAll(async () => {
    for (const worker of workers ?? []) worker.kill('SIGKILL')
    await servers?.close()
  })

  /** Sends this command to all processes at once, and returns their results. */
  async function tell(message: object): Promise<string[]> {
    const answers = workers.map(async (worker) => {
      const [{ result, error }] = await once(worker, 'message')
      if (error !== undefined) throw new Error(error)
      return result
    })
    for (const worker of workers) worker.send(message)
    return (await Promise.all(answers)).flat()
  }

  test.for(redisClients)(
    `${processes} processes, ${copies} copies each, over $name: exactly one is accepted`,
    async ({ name, topology, missing }, { skip }) => {
      if (missing !== undefined) skip(missing)
      await tell({
        command: 'prepare',
        client: name,
        ports: servers.ports[topology],
        prefix: `${randomUUID()}:`,
        options,
      })
      for (let round = 0; round < rounds; round++) {
        const verdicts = await tell({ command: 'check', request: createRequest(), copies })
        expect(count(verdicts)).toEqual({ accepted: 1, proof_replayed: processes * copies - 1 })
      }
    },
  )

  test('without Redis each process accepts one, so the race is real', async () => {
    await tell({ command: 'prepare', client: 'none', options })
    const verdicts = await tell({ command: 'check', request: createRequest(), copies })
    expect(count(verdicts)).toEqual({ accepted: processes, proof_replayed: processes * (copies - 1) })
  })
})
