import type { RequestListener } from 'node:http'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.js'
import { importCode } from './code.js'

const page = 'packages/core/docs/browser-clients.md'
const origin = 'https://app.example.com'

/** The listener of the page's application for each framework. */
const applications: Record<string, () => Promise<RequestListener>> = {
  async Express() {
    const { app } = await importCode<{ app: Express }>(page, "from '@dpop-guard/express'")
    return app
  },
  async Koa() {
    const { app } = await importCode<{ app: Koa }>(page, "from '@dpop-guard/koa'")
    return app.callback()
  },
  async Fastify() {
    const { app } = await importCode<{ app: FastifyInstance }>(page, "from '@dpop-guard/fastify'")
    await app.ready()
    return app.routing
  },
}

describe.each(Object.entries(applications))(
  'CORS on %s, with the code of the page on browser clients',
  (_name, createListener) => {
    async function send(method: string, headers: Record<string, string>) {
      const { server, origin: api, close } = await listenOnLoopback()
      onTestFinished(close)
      server.on('request', await createListener())
      return fetch(`${api}/orders`, { method, headers })
    }

    const list = (value: string | null) => value?.split(/ *, */).sort()

    test('answers a preflight before the guard', async () => {
      const { status, headers } = await send('OPTIONS', {
        origin,
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'authorization,dpop',
      })
      expect(status).toBe(204)
      expect(headers.get('access-control-allow-origin')).toBe(origin)
      expect(list(headers.get('access-control-allow-headers'))).toEqual(['Authorization', 'Content-Type', 'DPoP'])
      expect(list(headers.get('access-control-allow-methods'))).toEqual(['DELETE', 'GET', 'POST'])
      expect(headers.get('access-control-max-age')).toBe('600')
      expect(headers.get('www-authenticate')).toBeNull()
    })

    test('allows a page to read the rejections of the guard', async () => {
      const { status, headers } = await send('GET', { origin })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^DPoP /)
      expect(headers.get('access-control-allow-origin')).toBe(origin)
      expect(list(headers.get('access-control-expose-headers'))).toEqual([
        'DPoP-Nonce',
        'Request-Id',
        'WWW-Authenticate',
      ])
    })
  },
)
