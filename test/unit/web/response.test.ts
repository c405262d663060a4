import { randomBytes } from 'node:crypto'
import type { GuardOptions } from '@dpop-guard/core'
import { type Accepted, dpopGuard, requireScopes } from '@dpop-guard/web'
import { expect, onTestFinished, test } from 'vitest'
import { createScene, resource } from '../../support/guard-scene.js'
import { listenOnLoopback } from '../../support/listen.js'

const secret = () => randomBytes(32).toString('base64url')

/** A guard that sends a nonce with every response, and a request that it accepts. */
async function accept(more: Partial<GuardOptions> = {}) {
  const scene = createScene({
    mode: 'bearer-and-dpop',
    freshness: 'nonce',
    nonce: { secrets: [secret()] },
    sendNonce: 'always',
    ...more,
  })
  const guard = dpopGuard(scene.options)
  const authorization = `Bearer ${scene.issuer.mint({ now: scene.clock.now })}`
  const request = new Request(`${resource}/orders`, { headers: { authorization, origin: 'https://app.example.com' } })
  return { scene, guard, request, checked: accepted(await guard(request)) }
}

function accepted(checked: Accepted | { response: Response }): Accepted {
  if (checked.response) throw new Error(`rejected: ${checked.response.status}`)
  return checked
}

const nonceOf = ({ headers }: Response) => headers.get('dpop-nonce')

function expectNonce(response: Response) {
  expect(nonceOf(response)).toMatch(/^[\w-]+$/)
  expect(response.headers.get('cache-control')).toBe('no-store')
}

test('a nonce and no-store replace what the handler set', async () => {
  const { checked } = await accept()
  const response = new Response('ok', { headers: { 'Cache-Control': 'max-age=60', 'DPoP-Nonce': 'x' } })
  expect(checked.apply(response)).toBe(response)
  expectNonce(response)
})

test('names that scripts may read are added to those of the handler', async () => {
  const { checked } = await accept()
  const headers = { 'Access-Control-Expose-Headers': 'ETag, dpop-nonce' }
  const response = checked.apply(checked.apply(new Response('ok', { headers })))
  expect(response.headers.get('access-control-expose-headers')).toBe('ETag, dpop-nonce, WWW-Authenticate')
})

test('a redirect, whose headers are immutable, gets a copy with the nonce', async () => {
  const { checked } = await accept()
  const response = checked.apply(Response.redirect('https://app.example.com/next', 303))
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('https://app.example.com/next')
  expectNonce(response)
})

test('a response of fetch keeps its status, its fields and its streamed body', async () => {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  let finish = () => {}
  server.on('request', (_request, response) => {
    response.writeHead(206, 'Some Of It', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'ETag', '"x"'])
    response.write('first')
    finish = () => response.end('last')
  })
  const { checked } = await accept()
  const response = checked.apply(await fetch(origin))
  expect([response.status, response.statusText]).toEqual([206, 'Some Of It'])
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(response.headers.get('etag')).toBe('"x"')
  expectNonce(response)
  const reader = response.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
  finish()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last')
})

test.each([204, 304, 404, 500])('a response of status %i gets the nonce', async (status) => {
  const { checked } = await accept()
  const response = checked.apply(new Response(null, { status }))
  expect(response.status).toBe(status)
  expectNonce(response)
})

test('of two guards that accept a request, the last nonce counts, in any order of apply', async () => {
  const outer = await accept()
  const options = { ...outer.scene.options, nonce: { secrets: [secret()] } }
  const inner = dpopGuard(options)
  const checkedByInner = accepted(await inner(outer.request))
  const newest = nonceOf(checkedByInner.apply(new Response()))
  expect(nonceOf(outer.checked.apply(new Response()))).toBe(newest)
  expect(nonceOf(outer.checked.apply(checkedByInner.apply(new Response())))).toBe(newest)
})

test('a rejection has the nonce of the guard that rejects, also behind a guard that accepted the request', async () => {
  const outer = await accept()
  const inner = dpopGuard({ ...outer.scene.options, mode: 'dpop-only', nonce: { secrets: [secret()] } })
  const { response } = await inner(outer.request)
  if (response === undefined) throw new Error('accepted')
  const ofInner = nonceOf(response)
  expect(ofInner).not.toBe(nonceOf((await accept()).checked.apply(new Response())))
  expect(nonceOf(outer.checked.apply(response))).toBe(ofInner)
})

test('a rejection without a nonce gets none of a guard that accepted the request', async () => {
  const outer = await accept()
  const { freshness: _, nonce: __, sendNonce: ___, ...options } = outer.scene.options
  const { response } = await dpopGuard({ ...options, mode: 'dpop-only' })(outer.request)
  if (response === undefined) throw new Error('accepted')
  const sent = outer.checked.apply(response)
  expect(sent.status).toBe(401)
  expect(nonceOf(sent)).toBeNull()
  expect(sent.headers.get('cache-control')).toBeNull()
})

test('a 403 for a missing scope has the nonce, and a script may read it', async () => {
  const { request, checked } = await accept()
  const response = requireScopes('orders:delete')(request)
  if (response === undefined) throw new Error('accepted')
  expect(response.status).toBe(403)
  expectNonce(response)
  expect(response.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate, DPoP-Nonce')
  const before = [...response.headers]
  expect([...checked.apply(response).headers]).toEqual(before)
})

test('a response that was used already is an error of the handler', async () => {
  const { checked } = await accept()
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', (_request, response) => response.end('x'))
  const used = await fetch(origin)
  await used.text()
  expect(() => checked.apply(used)).toThrow(TypeError)
})
