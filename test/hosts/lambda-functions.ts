/** The same API as a function, through each adapter, and behind a socket. */
import { configure as serverlessExpress } from '@codegenie/serverless-express'
import type { GuardOptions } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import * as onKoa from '@dpop-guard/koa'
import * as onWeb from '@dpop-guard/web'
import awsLambdaFastify from '@fastify/aws-lambda'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
import Koa from 'koa'
import serverlessHttp from 'serverless-http'
import { importCode } from '../docs/code.js'

/** The parts of a function's result that these tests read. */
export interface FunctionAnswer {
  statusCode: number
  headers?: Record<string, unknown>
  multiValueHeaders?: Record<string, readonly unknown[]>
  body?: string
}

export type LambdaFunction = (event: object) => Promise<FunctionAnswer>

export function createExpress(options: GuardOptions) {
  const app = express()
  app.use(onExpress.dpopGuard(options))
  app.use(express.json())
  app.all('/orders', (req, res) => {
    res.json({ for: onExpress.getOptionalAuth(req)?.subject ?? 'nobody', body: req.body ?? null })
  })
  return app
}

export function createKoa(options: GuardOptions): Koa {
  const app = new Koa()
  app.silent = true
  app.use(onKoa.dpopGuard(options))
  app.use((context) => {
    context.body = { for: onKoa.getOptionalAuth(context)?.subject ?? 'nobody', body: null }
  })
  return app
}

export async function createFastify(options: GuardOptions) {
  const app = Fastify()
  await app.register(onFastify.dpopGuard, options)
  app.all('/orders', async (request) => ({ for: request.auth?.subject ?? 'nobody', body: request.body ?? null }))
  return app
}

export function createHono(options: GuardOptions): Hono {
  const guard = onWeb.dpopGuard(options)
  const app = new Hono()
  app.use(async (c, next) => {
    const checked = await guard(c.req.raw)
    if (checked.response) return checked.response
    await next()
    c.res = checked.apply(c.res)
    return undefined
  })
  app.all('/orders', async (c) => {
    const text = await c.req.text()
    const subject = onWeb.getOptionalAuth(c.req.raw)?.subject
    return c.json({ for: subject ?? 'nobody', body: text === '' ? null : JSON.parse(text) })
  })
  return app
}

// The types of each allow the events of one service only.
const asFunction = (handler: unknown) => (event: object) =>
  (handler as (event: object, context: object) => Promise<FunctionAnswer>)(event, { awsRequestId: '1' })

const { listEveryField } = await importCode<{ listEveryField(request: object, event: object): void }>(
  'packages/core/docs/hosts.md',
  'listEveryField',
)

export const functions = {
  'Express in serverless-http': async (options) => asFunction(serverlessHttp(createExpress(options))),
  'Express in serverless-http, with rawHeaders': async (options) =>
    asFunction(serverlessHttp(createExpress(options), { request: listEveryField })),
  'Koa in serverless-http': async (options) => asFunction(serverlessHttp(createKoa(options))),
  'Express in serverless-express': async (options) => asFunction(serverlessExpress({ app: createExpress(options) })),
  'Koa in serverless-express': async (options) => asFunction(serverlessExpress({ app: createKoa(options).callback() })),
  'Fastify in aws-lambda': async (options) =>
    asFunction(awsLambdaFastify(await createFastify(options), { albMultiValueHeaders: true })),
  'Hono in hono/aws-lambda': async (options) => asFunction(handle(createHono(options))),
} satisfies Record<string, (options: GuardOptions) => Promise<LambdaFunction>>

export type FunctionName = keyof typeof functions

/** The `error` of the challenge, or undefined without one. */
export function errorOf({ headers = {}, multiValueHeaders = {} }: FunctionAnswer): string | undefined {
  const fields = [...Object.entries(headers), ...Object.entries(multiValueHeaders)]
  const challenges = fields.flatMap(([name, value]) =>
    name.toLowerCase() === 'www-authenticate' ? [value].flat() : [],
  )
  return /error="([^"]*)"/.exec(challenges.map(String).join(', '))?.[1]
}
