// One process of an API, on the built packages. Its parent sends it commands, and can be its replay store.
import { createServer } from 'node:http'
import { dpopGuard as onExpress } from '@dpop-guard/express'
import { dpopGuard as onFastify } from '@dpop-guard/fastify'
import { dpopGuard as onKoa } from '@dpop-guard/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const apis = {
  'Express 5': async (options) => {
    const app = express()
    app.use(onExpress(options))
    app.use(async (req, res) => {
      res.json(await work(req.path))
    })
    return app
  },
  'Koa 3': async (options) => {
    const app = new Koa()
    app.use(onKoa(options))
    app.use(async (ctx) => {
      ctx.body = await work(ctx.path)
    })
    return app.callback()
  },
  'Fastify 5': async (options) => {
    const app = fastify()
    await app.register(onFastify, options)
    app.all('/*', (request) => work(request.url))
    await app.ready()
    return app.routing
  },
}

const held = []

/** The handler of every route. `/held` waits until its parent releases it. */
async function work(path) {
  if (path === '/held') {
    const released = new Promise((resolve) => held.push(resolve))
    process.send({ event: 'held' })
    await released
  }
  return { pid: process.pid }
}

const claims = new Map()
let lastClaim = 0

const storeOfParent = {
  addIfAbsent: (key, ttlSeconds) =>
    new Promise((resolve) => {
      lastClaim += 1
      claims.set(lastClaim, resolve)
      process.send({ event: 'claim', claim: lastClaim, key, ttlSeconds })
    }),
}

let listener
let stopping = false
const server = createServer((request, response) => {
  // A keep-alive connection would keep the process running.
  response.on('close', () => stopping && server.closeIdleConnections())
  listener(request, response)
})

const commands = {
  async start({ port, ...parts }) {
    await commands.configure(parts)
    await new Promise((resolve, reject) => {
      server.on('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  },
  async configure({ framework, options, store }) {
    listener = await apis[framework]({ ...options, ...(store === 'shared' && { replayStore: storeOfParent }) })
  },
  /** As on SIGTERM: accepts no more connections, answers pending requests, and ends. */
  async stop() {
    stopping = true
    server.close(() => process.disconnect())
  },
  async release() {
    for (const resolve of held.splice(0)) resolve()
  },
  async claimed({ claim, first }) {
    claims.get(claim)(first)
    claims.delete(claim)
  },
}

// The process always ends with its parent.
process.on('disconnect', () => process.exit())

process.on('message', async ({ command, call, ...rest }) => {
  try {
    await commands[command](rest)
    if (call !== undefined) process.send({ event: 'done', call })
  } catch (error) {
    process.send({ event: 'done', call, error: String(error) })
  }
})
