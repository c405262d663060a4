// examples/forward-auth on the built packages: real proxies ask it about each request to an API that knows no DPoP.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { caddyIsMissing, startCaddy } from '../support/caddy.js'
import { type Certificate, createCertificate } from '../support/client-certificates.js'
import { findFreePort } from '../support/free-port.js'
import { listenOnLoopback } from '../support/listen.js'
import { nginxIsMissing, startNginx } from '../support/nginx.js'
import { createProofClient } from '../support/proof-client.js'
import { type RawResponse, sendRequest } from '../support/raw-http.js'
import { startIssuerServer } from '../support/test-issuer.js'

const folder = fileURLToPath(new URL('../../examples/forward-auth/', import.meta.url))
const resource = 'https://api.example.com'

/** The program of the example, with a server of its own. */
async function startExample(env: Record<string, string>): Promise<{ port: number; close(): Promise<unknown> }> {
  const child = spawn(process.execPath, ['server.js'], {
    cwd: folder,
    env: { PORT: '0', RESOURCE: resource, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const port = Number(/port: (\d+)/.exec(line)?.[1])
  return {
    port,
    close: () => {
      child.kill()
      return exited
    },
  }
}

interface Proxy {
  send(target: string, headers: readonly string[], method?: string): Promise<RawResponse>
  close(): Promise<unknown>
}

interface Ports {
  api: number
  example: number
  certificate: Certificate
}

const proxies: Record<string, { missing: string | undefined; start(ports: Ports): Promise<Proxy> }> = {
  nginx: {
    missing: nginxIsMissing,
    async start({ api, example, certificate }) {
      const config = await readFile(`${folder}nginx.conf`, 'utf8')
      const { port, close } = await startNginx({ config, certificate, ports: { 3000: api, 4180: example } })
      const tls = { ca: certificate.cert, servername: 'api.example.com' }
      return { send: (target, headers, method = 'GET') => sendRequest({ port, method, target, headers, tls }), close }
    },
  },
  Caddy: {
    missing: caddyIsMissing,
    async start({ api, example }) {
      const port = await findFreePort()
      const file = await readFile(`${folder}Caddyfile`, 'utf8')
      const close = await startCaddy(
        file
          .replace('https://api.example.com', `http://:${port}`)
          .replace('127.0.0.1:4180', `127.0.0.1:${example}`)
          .replace('127.0.0.1:3000', `127.0.0.1:${api}`),
      )
      return { send: (target, headers, method = 'GET') => sendRequest({ port, method, target, headers }), close }
    },
  },
}

describe.each(Object.entries(proxies))('an API behind %s and examples/forward-auth', (name, { missing, start }) => {
  const skipped = test.skipIf(missing !== undefined)
  const client = createProofClient()
  let issuer: Awaited<ReturnType<typeof startIssuerServer>>
  let api: Awaited<ReturnType<typeof listenOnLoopback>>
  let examples: Awaited<ReturnType<typeof startExample>>[]
  let plain: Proxy
  let withNonces: Proxy
  let seen: { target: string | undefined; caller: unknown }[]
  /** The names of the fields that the API may take for the caller, because some take _ for -. */
  let callers: string[]

  beforeAll(async () => {
    if (missing !== undefined) return
    issuer = await startIssuerServer()
    api = await listenOnLoopback()
    api.server.on('request', (req, res) => {
      const { 'x-auth': caller = '' } = req.headers
      callers.push(...req.rawHeaders.filter((name, index) => index % 2 === 0 && /^x[-_]auth$/i.test(name)))
      seen.push({ target: req.url, caller: caller && JSON.parse(Buffer.from(String(caller), 'base64url').toString()) })
      res.setHeader('Cache-Control', 'max-age=60').end('from the API')
    })
    const secret = randomBytes(32).toString('base64url')
    examples = [
      await startExample({ ISSUER: issuer.issuer }),
      await startExample({ ISSUER: issuer.issuer, NONCE_SECRET: secret }),
    ]
    const certificate = await createCertificate('api.example.com', ['api.example.com'])
    const ports = examples.map((example) => ({ api: api.port, example: example.port, certificate }))
    plain = await start(ports[0] as Ports)
    withNonces = await start(ports[1] as Ports)
  })
  afterAll(async () => {
    if (missing !== undefined) return
    await Promise.all([plain.close(), withNonces.close(), ...examples.map((example) => example.close())])
    await Promise.all([api.close(), issuer.close()])
  })

  function credentials(path = '/orders', parts: { nonce?: string; htm?: string; sub?: string } = {}): string[] {
    seen = []
    callers = []
    const { nonce, htm = 'GET', sub = 'alice' } = parts
    const now = Math.floor(Date.now() / 1000)
    const accessToken = issuer.mint({ now, sub, aud: resource, scope: 'orders:read', cnf: { jkt: client.jkt } })
    const proof = client.proof({ method: htm, url: resource + path, now, accessToken, ...(nonce && { nonce }) })
    return ['Host', 'api.example.com', 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  }

  const challengeOf = (response: RawResponse) => response.header('www-authenticate').join(', ')

  skipped('a good request reaches the API, with its caller', async () => {
    const response = await plain.send('/orders?page=2', credentials())
    expect([response.status, response.body]).toEqual([200, 'from the API'])
    expect(seen).toEqual([
      { target: '/orders?page=2', caller: expect.objectContaining({ subject: 'alice', scopes: ['orders:read'] }) },
    ])
  })

  skipped('a caller whose name is no header value arrives as it is', async () => {
    const sub = 'Zo\u00eb \u2603\r\nX-Admin: 1'
    expect((await plain.send('/orders', credentials('/orders', { sub }))).status).toBe(200)
    expect(seen[0]?.caller).toMatchObject({ subject: sub })
  })

  skipped('the method is the one of the client', async () => {
    expect((await plain.send('/orders', credentials('/orders', { htm: 'DELETE' }), 'DELETE')).status).toBe(200)
    expect((await plain.send('/orders', credentials('/orders', { htm: 'GET' }), 'DELETE')).status).toBe(401)
  })

  skipped('a client without credentials, and one that replays a proof, learn what to do', async () => {
    const nobody = await plain.send('/orders', ['Host', 'api.example.com'])
    expect([nobody.status, challengeOf(nobody)]).toEqual([401, 'DPoP algs="ES256 PS256 Ed25519 EdDSA"'])
    const headers = credentials()
    expect((await plain.send('/orders', headers)).status).toBe(200)
    const replayed = await plain.send('/orders', headers)
    expect(replayed.status).toBe(401)
    expect(challengeOf(replayed)).toContain('error="invalid_dpop_proof"')
    expect(seen).toHaveLength(1)
  })

  skipped('fields that a client forges change nothing', async () => {
    const admin = Buffer.from('{"subject":"admin"}').toString('base64url')
    const forged = [
      ...['X-Original-URI', '/other', 'X-Original-Method', 'DELETE'],
      ...['X-Forwarded-Uri', '/other', 'X-Forwarded-Method', 'DELETE', 'X-Forwarded-Host', 'evil.example'],
      ...['X-Auth', 'x_auth', 'X_AUTH'].flatMap((field) => [field, admin]),
    ]
    const nobody = await plain.send('/orders', ['Host', 'api.example.com', ...forged])
    expect(nobody.status).toBe(401)
    expect((await plain.send('/orders', [...credentials('/other', { htm: 'DELETE' }), ...forged])).status).toBe(401)
    expect(seen).toEqual([])
    expect((await plain.send('/orders', [...credentials(), ...forged])).status).toBe(200)
    expect(seen[0]?.caller).toMatchObject({ subject: 'alice' })
    expect(callers).toHaveLength(1)
  })

  skipped('a second proof, a second token, and a target that climbs never reach the API', async () => {
    const good = credentials()
    const proof = good[5] ?? ''
    const malformed = name === 'nginx' ? 401 : 400
    expect((await plain.send('/orders', [...good, 'DPoP', proof])).status).toBe(401)
    expect([malformed, 400]).toContain(
      (await plain.send('/orders', [...credentials(), 'Authorization', 'DPoP x'])).status,
    )
    expect([malformed, 400]).toContain((await plain.send('/x/../orders', credentials())).status)
    expect(seen).toEqual([])
  })

  skipped('the challenge of a nonce arrives with its nonce, and the next request passes', async () => {
    const first = await withNonces.send('/orders', credentials())
    expect(first.status).toBe(401)
    expect(challengeOf(first)).toContain('error="use_dpop_nonce"')
    expect(first.header('cache-control')).toContain('no-store')
    const [nonce = ''] = first.header('dpop-nonce')
    const second = await withNonces.send('/orders', credentials('/orders', { nonce }))
    expect(second.status).toBe(200)
    // Caddy's forward_auth puts no field of an accepted check on the response.
    expect(second.header('dpop-nonce')).toHaveLength(name === 'nginx' ? 1 : 0)
  })

  skipped('if the server does not answer, no request passes', async () => {
    const gone = await startExample({ ISSUER: issuer.issuer })
    const certificate = await createCertificate('api.example.com', ['api.example.com'])
    const proxy = await start({ api: api.port, example: gone.port, certificate })
    await gone.close()
    const { status } = await proxy.send('/orders', credentials())
    await proxy.close()
    expect(status).toBeGreaterThanOrEqual(500)
    expect(seen).toEqual([])
  })
})
