import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createProofClient } from '../support/proof-client.js'
import { startIssuerServer } from '../support/test-issuer.js'
import { importCode } from './code.js'

interface Page {
  createFeed(options: { issuer: string; resource: string }): Server
}

const nowInSeconds = () => Math.floor(Date.now() / 1000)

/** The page's server. Tests ask it for tickets, and open connections with good and bad ones. */
async function startFeed() {
  const { createFeed } = await importCode<Page>('packages/core/docs/websockets.md', 'createFeed')
  const issuer = await startIssuerServer()
  onTestFinished(issuer.close)
  // The proof is for this URL, on any port.
  const resource = 'https://api.example.com'
  const server = createFeed({ issuer: issuer.issuer, resource }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const { jkt, proof } = createProofClient()

  async function askForTicket({ lifetimeSeconds }: { lifetimeSeconds: number }) {
    const now = nowInSeconds()
    const token = issuer.mint({ now, exp: now + lifetimeSeconds, cnf: { jkt } })
    const dpop = proof({ method: 'POST', url: `${resource}/feed/tickets`, now, accessToken: token })
    const headers = { authorization: `DPoP ${token}`, dpop }
    const response = await fetch(`http://127.0.0.1:${port}/feed/tickets`, { method: 'POST', headers })
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { ticket } = (await response.json()) as { ticket: string }
    return ticket
  }

  function open(target: string): Promise<{ webSocket: WebSocket; answer: string }> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}${target}`)
    onTestFinished(() => webSocket.terminate())
    return new Promise((resolve, reject) => {
      webSocket.on('message', (data) => resolve({ webSocket, answer: String(data) }))
      webSocket.on('unexpected-response', (_request, { statusCode }) =>
        resolve({ webSocket, answer: String(statusCode) }),
      )
      webSocket.on('error', reject)
    })
  }

  return { askForTicket, open }
}

test('a ticket opens one connection, and no other path', async () => {
  const { askForTicket, open } = await startFeed()
  const ticket = await askForTicket({ lifetimeSeconds: 60 })
  expect((await open(`/feed?ticket=${ticket}`)).answer).toMatch(/^hello /)
  expect((await open(`/feed?ticket=${ticket}`)).answer).toBe('401')
  const other = await askForTicket({ lifetimeSeconds: 60 })
  expect((await open(`/other?ticket=${other}`)).answer).toBe('401')
})

test.each(['/feed', '/feed?ticket=', '/feed?ticket=guess', '//', '/%'])('%s opens nothing', async (target) => {
  const { open } = await startFeed()
  expect((await open(target)).answer).toBe('401')
})

test('the connection ends when the token expires', async () => {
  const { askForTicket, open } = await startFeed()
  const { webSocket } = await open(`/feed?ticket=${await askForTicket({ lifetimeSeconds: 2 })}`)
  const [code] = await once(webSocket, 'close')
  expect(code).toBe(3000)
})
