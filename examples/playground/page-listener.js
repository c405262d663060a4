// @ts-check
import { readFile } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { bundleExplanation } from './explain/bundle.js'

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }

/**
 * @typedef {object} PageOptions
 * @property {string} origin of the page
 * @property {{ issuer: string, clientId: string, redirectUri: string, apis: { name: string, origin: string }[], steps: object }} scene
 * @property {ReturnType<typeof import('./settings.js').createSettings>} settings
 * @property {ReturnType<typeof import('./operator.js').createOperator>} operator
 * @property {(resource: string, scope: string) => Promise<string>} getUnboundToken
 */

/**
 * Serves the page, and what it asks its own server for: the addresses of the other servers, the guards' settings, an unbound token to
 * compare with, and a stream of the operator's events.
 *
 * @param {PageOptions} options
 * @returns {import('node:http').RequestListener}
 */
export function createPageListener({ origin, scene, settings, operator, getUnboundToken }) {
  const { host } = new URL(origin)
  const pageHeaders = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': writePolicy(originsOf(scene)),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  }

  /** @type {Promise<string> | undefined} */
  let explanation

  /** @type {Record<string, (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown>} */
  const routes = {
    'GET /scene': (_request, response) => sendJson(response, scene),
    'GET /explanation.js': async (_request, response) => {
      explanation ??= bundleExplanation()
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(await explanation)
    },
    'GET /events': (_request, response) => stream(response, settings, operator),
    'PUT /settings': async (request, response) => {
      settings.change(await json(request))
      response.writeHead(204).end()
    },
    'POST /unbound-token': async (request, response) => {
      const { resource } = /** @type {{ resource: string }} */ (await json(request))
      sendJson(response, { access_token: await getUnboundToken(resource, 'orders:read orders:write') })
    },
  }

  return async (request, response) => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
    const { method = '', url = '/', headers } = request
    // A page of another site can send requests here: from its own origin, or under a domain that it resolves to 127.0.0.1.
    if (headers.host !== host || (method !== 'GET' && headers.origin !== origin)) {
      response.writeHead(403).end()
      return
    }
    const [path = '/'] = url.split('?', 1)
    if (path === '/explain.html') response.setHeader('Content-Security-Policy', writePolicy([]))
    try {
      const route = routes[`${method} ${path}`]
      if (route === undefined) await sendFile(response, path)
      else await route(request, response)
    } catch {
      if (!response.headersSent) response.writeHead(method === 'GET' ? 404 : 400)
      response.end()
    }
  }
}

/**
 * The servers that the page connects to. The attacker also calls each API as localhost.
 *
 * @param {PageOptions['scene']} scene
 */
function originsOf({ issuer, apis }) {
  return ["'self'", issuer, ...apis.flatMap(({ origin }) => [origin, `http://localhost:${new URL(origin).port}`])]
}

/** A page loads everything from this server, and connects to these servers only. @param {readonly string[]} origins */
function writePolicy(origins) {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ...(origins.length === 0 ? [] : [`connect-src ${origins.join(' ')}`]),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/** @param {import('node:http').ServerResponse} response @param {unknown} value */
function sendJson(response, value) {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

/** @param {import('node:http').ServerResponse} response @param {string} path */
async function sendFile(response, path) {
  const name = path === '/' ? 'index.html' : path.slice(1)
  const [, type] = /^[a-z][a-z0-9-]*\.(html|css|js|svg)$/.exec(name) ?? []
  if (type === undefined) {
    response.writeHead(404).end()
    return
  }
  const content = await readFile(new URL(`./page/${name}`, import.meta.url))
  const mediaType = types[/** @type {keyof typeof types} */ (type)]
  response.writeHead(200, { 'Content-Type': `${mediaType}; charset=utf-8` }).end(content)
}

/**
 * Server-sent events (https://html.spec.whatwg.org/#server-sent-events).
 *
 * @param {import('node:http').ServerResponse} response
 * @param {PageOptions['settings']} settings
 * @param {PageOptions['operator']} operator
 */
function stream(response, settings, operator) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  /** @param {string} name @returns {(data: unknown) => void} */
  const send = (name) => (data) => void response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  const sendSettings = send('settings')
  const sendAnswer = send('answered')
  sendSettings(settings.values)
  settings.changes.on('change', sendSettings)
  operator.answers.on('answered', sendAnswer)
  response.on('close', () => {
    settings.changes.off('change', sendSettings)
    operator.answers.off('answered', sendAnswer)
  })
}
