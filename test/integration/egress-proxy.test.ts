/** The option `fetch` with undici's agents for proxies, through a real proxy. The documented snippet is one of them. */
import { connect } from 'node:net'
import type { FetchFunction, Guard } from '@dpop-guard/core'
import { EnvHttpProxyAgent, fetch, ProxyAgent } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { importCode } from '../docs/code.js'
import { createScene, outcome } from '../support/guard-scene.js'
import { listenOnLoopback } from '../support/listen.js'
import { startIssuerServer } from '../support/test-issuer.js'

/** A proxy that opens tunnels, as most egress proxies do, but only to this machine. */
async function startProxy() {
  const { server, origin, close } = await listenOnLoopback()
  const tunnels: string[] = []
  server.on('connect', ({ url = '' }, socket) => {
    tunnels.push(url)
    const [host, port] = url.split(':')
    if (host !== '127.0.0.1') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [upstream, socket]) end.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    onTestFinished(() => void socket.destroy())
  })
  onTestFinished(close)
  return { origin, tunnels }
}

test.each(['ProxyAgent', 'EnvHttpProxyAgent'])('metadata and keys are fetched through %s', async (kind) => {
  const server = await startIssuerServer()
  onTestFinished(() => server.close())
  const { origin, tunnels } = await startProxy()
  const dispatcher =
    kind === 'ProxyAgent'
      ? new ProxyAgent({ uri: origin, proxyTunnel: true })
      : new EnvHttpProxyAgent({ httpProxy: origin, noProxy: '', proxyTunnel: true })
  onTestFinished(() => dispatcher.destroy())
  const through: FetchFunction = (url, init) => fetch(url, { ...init, dispatcher })
  const { guard, request } = createScene({ issuer: server.issuer, fetch: through }, server)
  expect(await outcome(guard, request())).toBe('accepted')
  expect(tunnels).toContain(new URL(server.issuer).host)
  expect(server.requests).toEqual({ metadata: 1, jwks: 1 })
})

test('the documented guard asks the proxy of the environment', async () => {
  const { origin, tunnels } = await startProxy()
  vi.stubEnv('HTTPS_PROXY', origin)
  vi.stubEnv('NO_PROXY', '')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { guard } = await importCode<{ guard: Guard }>('packages/core/docs/issuers.md', 'EnvHttpProxyAgent')
  const { request } = createScene()
  const verdict = await guard.check({ ...request({ token: { exp: 9_000_000_000 } }) })
  expect(verdict).toMatchObject({ accepted: false, reason: 'keys_unavailable' })
  expect(tunnels[0]).toBe('as.example.com:443')
})
