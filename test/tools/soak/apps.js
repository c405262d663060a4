// @ts-check
// The APIs: a small answer, and a long and slow one. `accept` is called for each accepted request.
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'
import { exportLine, exportLineCount, exportPath, orderPath, smallAnswer } from './api.js'

/** @typedef {'express' | 'koa' | 'fastify'} Framework */
/** @typedef {import('@dpop-guard/express').DpopGuardOptions} GuardOptions */
/** @typedef {import('@dpop-guard/express').Auth} Auth */
/** @typedef {(auth: Auth) => void} Accept */

const linesInChunk = 500

async function* readExport() {
  for (let line = 0; line < exportLineCount; line += linesInChunk) {
    yield exportLine.repeat(linesInChunk)
    await sleep(5)
  }
}

/** Koa reports these as errors of the API. */
const clientIsGone = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'])

const streamExport = () => Readable.from(readExport())

/** @type {Record<Framework, (options: GuardOptions, accept: Accept) => Promise<import('node:http').Server>>} */
export const startApp = {
  async express(options, accept) {
    const app = express()
    app.use(onExpress.dpopGuard(options))
    app.use((request, _response, next) => {
      accept(onExpress.getAuth(request))
      next()
    })
    app.get(orderPath, (_request, response) => void response.json(smallAnswer))
    app.get(exportPath, (_request, response) => {
      const stream = streamExport()
      response.on('close', () => stream.destroy())
      stream.pipe(response)
    })
    return listen(app)
  },
  async koa(options, accept) {
    const app = new Koa()
    app.on('error', (error) => {
      if (!clientIsGone.has(error.code)) console.error(error)
    })
    app.use(onKoa.dpopGuard(options))
    app.use((context) => {
      accept(onKoa.getAuth(context))
      context.body = context.path === exportPath ? streamExport() : smallAnswer
    })
    return listen(app)
  },
  async fastify(options, accept) {
    const app = Fastify()
    await app.register(onFastify.dpopGuard, options)
    app.addHook('preHandler', async (request) => accept(onFastify.getAuth(request)))
    app.get(orderPath, async () => smallAnswer)
    app.get(exportPath, (_request, reply) => reply.send(streamExport()))
    await app.listen({ host: '127.0.0.1', port: 0 })
    return app.server
  },
}

/** @param {{ listen: (port: number, host: string, callback: () => void) => import('node:http').Server }} app @returns {Promise<import('node:http').Server>} */
function listen(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server))
  })
}
