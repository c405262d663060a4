/** The runtimes with web-standard requests: Hono on Node's server, and a function of a `Request` without a server. */
import type { GuardOptions } from '@dpop-guard/core'
import * as onWeb from '@dpop-guard/web'
import { type HttpBindings, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { listenOnLoopback } from '../support/listen.js'
import type { WireRequest } from './make.js'
import type { Profile } from './profiles.js'
import { checksOf } from './route-checks.js'
import { describeCaller, handlerCacheControl, handlerType, type Runtime } from './runtime.js'
import { sendTo } from './send-to.js'

const answerCaller = (request: Request) =>
  new Response(describeCaller(onWeb.getOptionalAuth(request)), {
    headers: { 'Content-Type': handlerType, 'Cache-Control': handlerCacheControl },
  })

/** Hono, with the guard as a middleware that reads Node's own request. */
export async function startHono(profile: Profile, options: GuardOptions): Promise<Runtime> {
  const guard = onWeb.dpopGuard({ ...options, ...profile.adapterOptions })
  const app = new Hono<{ Bindings: HttpBindings }>()
  let handlerCalls = 0
  app.use(async (context, next) => {
    const checked = await guard(context.req.raw, { incoming: context.env.incoming })
    if (checked.response) return checked.response
    await next()
    context.res = checked.apply(context.res)
    return undefined
  })
  for (const check of checksOf(onWeb, profile.route)) {
    app.use(async (context, next) => check(context.req.raw) ?? next())
  }
  app.all('*', (context) => {
    handlerCalls++
    return answerCaller(context.req.raw)
  })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    name: 'Hono 4',
    answersBefore: answeredByHono,
    beforeBodies: true,
    send: sendTo(address.port, () => handlerCalls, splitChallenges),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** A handler of a `Request` that a server makes of Node's. It gets the URL and the fields that the constructor makes. */
export async function startHandler(profile: Profile, options: GuardOptions): Promise<Runtime> {
  let handlerCalls = 0
  const handle = onWeb.dpopGuard({ ...options, ...profile.adapterOptions }).protect(
    (request) => {
      handlerCalls++
      return answerCaller(request)
    },
    ...checksOf(onWeb, profile.route),
  )
  const { server, port, close } = await listenOnLoopback()
  server.on('request', async ({ method = '', url = '', rawHeaders }, outgoing) => {
    const request = requestOf({ method, target: url, headers: rawHeaders })
    const response = request === undefined ? new Response(null, { status: 400 }) : await handle(request)
    outgoing.writeHead(response.status, [...response.headers])
    outgoing.end(await response.text())
  })
  return {
    name: 'web',
    answersBefore: answeredByRequest,
    acceptsArrived,
    beforeBodies: true,
    send: sendTo(port, () => handlerCalls, splitChallenges),
    arrival(wire) {
      const request = requestOf(wire)
      if (request === undefined) return undefined
      const { username, pathname, search, hash } = new URL(request.url)
      // With a user, the adapter passes the whole URL on.
      const target = username === '' ? pathname + search + hash : wire.target
      const headers = [...request.headers].flatMap(([name]) => [name, request.headers.get(name) ?? ''])
      return { ...wire, method: request.method, target, headers }
    },
    close,
  }
}

const onBun = 'bun' in process.versions

/** Undefined where no such request can be made. */
function requestOf({ method, target, headers }: Pick<WireRequest, 'method' | 'target' | 'headers'>) {
  try {
    const url = /^https?:/i.test(target) ? target : `http://orders.internal:8080${target}`
    const request = new Request(url, { method })
    // Not given to the constructor, which copies them: a copy on Deno loses an empty field.
    for (const [index, name] of headers.entries()) {
      if (index % 2 === 0) request.headers.append(name, headers[index + 1] ?? '')
    }
    return request
  } catch {
    return undefined
  }
}

/** Headers joins the challenges with a comma. */
function splitChallenges(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const value = /^www-authenticate: (.*)$/.exec(line)?.[1]
    return value === undefined ? line : value.split(nextChallenge).map((challenge) => `www-authenticate: ${challenge}`)
  })
}

/** A comma outside of quotes, before a scheme. */
const nextChallenge = /, (?=(?:DPoP|Bearer) (?:[^"]|"(?:[^"\\]|\\.)*")*$)/

const acceptedBecause = (reason: string, target: string, rows: readonly string[]) =>
  Object.fromEntries(rows.map((row) => [row, { target, because: reason }]))

const rejectedBecause = (reason: string, rows: readonly string[]) =>
  Object.fromEntries(rows.map((row) => [row, { status: 400, because: reason }]))

const answeredByHono = {
  ...rejectedBecause("Hono's server for Node rejects a Host and a target that make no URL", [
    'host-backslash',
    'host-beyond-ascii',
    'host-bracket-open',
    'host-comma',
    'host-fragment',
    'host-no-address',
    'host-no-brackets',
    'host-path',
    'host-port-alone',
    'host-port-letters',
    'host-port-twice',
    'host-query',
    'host-scheme',
    'host-space',
    'host-tab',
    'host-two-gaps',
    'host-user',
    'target-absolute-ftp',
    'target-absolute-port-65536',
    'target-asterisk',
    'target-asterisk-options',
    'the Host "api.example.com:" is accepted',
    'the target "HTTPS://api.example.com/orders" is accepted',
  ]),
  ...rejectedBecause("Hono's server for Node rejects a backslash in a path", [
    'target-backslash-first',
    'target-backslash-last',
    'target-climbs-by-backslashes',
  ]),
  ...(onBun &&
    rejectedBecause('Bun makes no URL of this target, so that Hono rejects it', ['target-absolute-backslash-and-at'])),
}

const answeredByRequest = onBun
  ? {}
  : rejectedBecause('Request does not have this method', ['a good TRACE request is accepted'])

const urlParser =
  'A URL parser removes dot segments and turns backslashes into slashes. Guard, router and handler get the URL that is left, and the proof is for that URL'

const acceptsArrived = {
  ...acceptedBecause(urlParser, '/orders', [
    'bearer-target-climbs',
    'target-climbs',
    'target-climbs-above-root',
    'target-climbs-by-backslashes',
    'target-climbs-encoded',
    'target-climbs-encoded-upper-case',
    'target-climbs-first-encoded',
    'target-climbs-second-encoded',
    'target-climbs-twice',
    'target-climbs-with-proof',
    'target-dot-encoded-first',
    'target-dot-first',
    'a target that climbs, without credentials is rejected by the guard "optional" (target-climbs-without-credentials)',
  ]),
  ...acceptedBecause(urlParser, '/b', [
    'where credentials are optional, and those of another scheme too, one at a target that climbs is rejected',
  ]),
  ...acceptedBecause(
    'The origin of request.url is that of Host, or of a target in absolute-form. Nobody can tell, so the guard uses neither, and the proof is for the public URL',
    '/orders',
    [
      'bearer-target-absolute-other-host',
      'target-absolute-climbs',
      'target-absolute-climbs-encoded',
      'target-absolute-dot-behind-host',
      'target-absolute-internal-host',
      'target-absolute-other-host',
      'target-absolute-other-port',
      'target-absolute-other-scheme',
      'target-absolute-subdomain',
      'target-other-alias',
    ],
  ),
}
