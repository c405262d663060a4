// Behind HTTP/2, with TLS and without, everything of the plugin compiles, and a handler has the same types as without it.
import { readFileSync } from 'node:fs'
import { dpopGuard, getAuth, getOptionalAuth, protectedResourceMetadata } from '@dpop-guard/fastify'
import fastify from 'fastify'
import type { Same } from './same-types.mjs'

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', resourceMetadata: {} }
const plain = fastify({ http2: true })
const secure = fastify({ http2: true, https: { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') } })

await plain.register(dpopGuard, options)
await plain.register(protectedResourceMetadata, options)
plain.get('/bare', async (bare) => {
  const onRequest = [plain.requireScopes('orders:read'), plain.requireStepUp({ maxAgeSeconds: 300 })]
  plain.get('/orders', { onRequest }, async (request) => {
    const same: Same<typeof request, typeof bare> = true
    return { same, for: getAuth(request).subject, maybe: getOptionalAuth(request)?.subject }
  })
  plain.post<{ Body: { item: string } }>('/orders', { preHandler: plain.requireScopes('a') }, async (request) => {
    // @ts-expect-error: no such member, so it is typed
    request.body.price
    return { item: request.body.item, for: getOptionalAuth(request)?.subject }
  })
})

await secure.register(dpopGuard, { ...options, requestProperty: 'dpopAuth' })
secure.addHook('preHandler', secure.requireScopes('orders:read'))
secure.get('/orders', { config: { dpop: { scopes: ['a'] } } }, async (request) => getAuth(request).subject)
