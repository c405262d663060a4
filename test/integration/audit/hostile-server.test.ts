/** Servers that answer with anything: the audit is bounded in time and memory, and nothing of an answer reaches the terminal. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type AuditReport, auditServer, givenToken } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { expect, onTestFinished, test } from 'vitest'
import { writeTerminalReport } from '../../../packages/inspect/src/audit/terminal-report.js'
import { Display } from '../../../packages/inspect/src/display.js'
import { controls, escapes } from '../../support/inspect-scene.js'
import { auditApi, signedBy } from './audited-server.js'
import { createNaiveServer } from './naive-server.js'

/** A server that answers each connection in this way. */
async function audit(answer: (socket: Socket) => void): Promise<AuditReport> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const client = createProofClient()
  const tokens = givenToken(createTokenIssuer().mint({ cnf: { jkt: client.jkt } }), client)
  const url = `http://127.0.0.1:${address.port}/orders`
  return auditServer({ url, client, tokens, requestsPerSecond: 10_000, timeoutSeconds: 1, only: ['proof-htm-*'] })
}

const write = (report: AuditReport) =>
  writeTerminalReport(report, { paint: (_style, text) => text, display: new Display(), verbose: true })

const head = 'HTTP/1.1 401 Unauthorized\r\n'
const switching = 'HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['says nothing', () => {}, /no complete response within 1 s/],
  ['closes the connection', (socket) => socket.destroy(), /closed the connection|socket hang up/],
  ['does not speak HTTP', (socket) => socket.end(`${escapes}\r\n\r\n`), /no complete response|Parse Error/],
  ['sends headers without end', (socket) => socket.write(`${head}X: ${'a'.repeat(100_000)}`), /no complete response/],
  ['sends a body without end', (socket) => sendForever(socket, `${head}\r\n`), /401 Unauthorized/],
  ['switches to another protocol, and closes', (socket) => socket.end(switching), /the answer is 101 x/],
  ['switches to another protocol, and waits', (socket) => socket.write(switching), /the answer is 101 x/],
  ['begins a body, and waits', (socket) => socket.write(`${head}Content-Length: 9\r\n\r\na`), /within 1 s/],
  [
    'sends escapes in everything',
    (socket) =>
      socket.end(
        `HTTP/1.1 401 ${latin1(escapes)}\r\nWWW-Authenticate: DPoP error="${latin1('\u009b2J')}"\r\n\r\n${escapes}`,
      ),
    /401/,
  ],
])('a server that %s ends the audit, which says so', async (_name, answer, message) => {
  const report = await audit(answer)
  expect(report.stopped).toBe('a valid request that the server accepts')
  const text = write(report)
  expect(text).toMatch(message)
  expect(text).not.toMatch(controls)
  expect(JSON.stringify(report).length).toBeLessThan(60_000)
})

test('a server that opens a WebSocket ends the audit, which says what it is and what to do', async () => {
  const text = write(await audit((socket) => socket.end(switching)))
  expect(text).toMatch(
    /the answer is 101 x\n.*hint: the URL opens a WebSocket.*audit another route.*docs\/websockets\.md/s,
  )
})

/** What the parser of Node lets through in a header. */
const latin1 = (text: string) => text.replace(/[^\x20-\x7e\x80-\xff]/g, '')

function sendForever(socket: Socket, start: string): void {
  socket.write(start)
  const chunk = Buffer.alloc(64 * 1024, 'a')
  const more = () => {
    while (!socket.destroyed && socket.write(chunk)) {}
  }
  socket.on('drain', more)
  more()
}

test('a server that stops answering ends the audit soon', async () => {
  let requests = 0
  const report = await auditApi((origin) => {
    const issuer = createTokenIssuer({ audience: origin })
    const handle = createNaiveServer({ issuer, faults: new Set() })
    return {
      tokens: signedBy(issuer),
      handle: (request, response) => {
        requests += 1
        if (requests > 50) request.socket.destroy()
        else handle(request, response)
      },
    }
  })
  expect(report.stopped).toBe('a server that still answers')
  expect(requests).toBeLessThan(150)
  expect(report.results.at(-1)).toMatchObject({ outcome: 'not run', needs: 'a server that still answers' })
})

test('a nonce that cannot be a claim is not sent back', async () => {
  const report = await auditApi((origin) => {
    const issuer = createTokenIssuer({ audience: origin })
    return {
      tokens: signedBy(issuer),
      handle: (_request, response) => {
        response
          .writeHead(401, { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n'.repeat(5000) })
          .end()
      },
    }
  })
  expect(report.stopped).toBe('a valid request that the server accepts')
  const [first] = report.results
  const [, proof = ''] = first?.exchanges[0]?.request.fields.find(([name]) => name === 'DPoP') ?? []
  expect(JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString())).not.toHaveProperty('nonce')
})
