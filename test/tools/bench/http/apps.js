// @ts-check
// The measured servers: one route with a tiny JSON answer, without a middleware, or behind the guard, a bare verification or
// another middleware.
import { dpopGuard as expressGuard } from '@dpop-guard/express'
import { dpopGuard as fastifyGuard } from '@dpop-guard/fastify'
import { dpopGuard as koaGuard } from '@dpop-guard/koa'
import { redisReplayStore } from '@dpop-guard/redis'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import { createClient } from 'redis'
import { issuerUrl, resourceUrl } from '../support/credentials.js'
import { bareVerification } from './bare-verification.js'
import { publicUrl } from './request-text.js'

/** @typedef {'express' | 'koa' | 'fastify'} Framework */
/** @typedef {'none' | 'memory' | 'redis' | 'verification' | 'peer'} Protection */
/** @typedef {{ framework: Framework, protection: Protection }} App */
/** @typedef {{ jwks: { keys: object[] }, jwksUri: string, redisPort: number | undefined }} Surroundings */

const answer = { id: '1842', state: 'sent' }

/** @type {Record<Framework, (protection: Protection, surroundings: Surroundings) => Promise<number>>} */
const starts = {
  async express(protection, surroundings) {
    const app = express()
    if (protection === 'peer') app.use(await createPeer(surroundings))
    else if (protection === 'verification') app.use(bareVerification())
    else if (protection !== 'none') app.use(expressGuard(await guardOptions(protection, surroundings)))
    app.get('/orders/:id', (_request, response) => void response.json(answer))
    return listen(app)
  },
  async koa(protection, surroundings) {
    const app = new Koa()
    if (protection !== 'none') app.use(koaGuard(await guardOptions(protection, surroundings)))
    app.use((context) => {
      context.body = answer
    })
    return listen(app)
  },
  async fastify(protection, surroundings) {
    const app = Fastify()
    if (protection !== 'none') await app.register(fastifyGuard, await guardOptions(protection, surroundings))
    app.get('/orders/:id', async () => answer)
    return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  },
}

/** Returns the port. @param {App} app @param {Surroundings} surroundings */
export function startApp({ framework, protection }, surroundings) {
  return starts[framework](protection, surroundings)
}

/** @param {Protection} protection @param {Surroundings} surroundings */
async function guardOptions(protection, { jwks, redisPort }) {
  const options = { issuer: { issuer: issuerUrl, jwks }, resource: resourceUrl, publicUrl }
  if (protection !== 'redis') return options
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}`, disableOfflineQueue: true })
  await client.connect()
  return { ...options, replayStore: redisReplayStore({ sendCommand: (...args) => client.sendCommand(args) }) }
}

/** Imported here, because the bench installs it separately from the repository's own dependencies. @param {Surroundings} surroundings */
async function createPeer({ jwksUri }) {
  const { auth } = await import('express-oauth2-jwt-bearer')
  const dpop = { enabled: true, required: true }
  return auth({ issuer: issuerUrl, audience: resourceUrl, jwksUri, tokenSigningAlg: 'ES256', dpop })
}

/** @param {{ listen: (port: number, host: string, callback: () => void) => import('node:http').Server }} app @returns {Promise<number>} */
function listen(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : Number.NaN)
    })
  })
}
