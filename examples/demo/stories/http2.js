// @ts-check
// The HTTP/2 server in examples/http2, and what a client and an attacker get from it. Run it: node examples/demo/stories/http2.js
import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import { text } from 'node:stream/consumers'
import { createListener } from '../../http2/listener.js'
import { startAuthorizationServer } from '../authorization-server.js'
import { startClient } from '../client.js'
import { sendFrames } from '../raw-frames.js'
import { report, summarize } from '../report.js'

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
const resource = `http://127.0.0.1:${port}`
const authorizationServer = await startAuthorizationServer({ resources: [resource] })
const session = connect(resource)

try {
  server.on('request', createListener({ issuer: authorizationServer.issuer, resource }))

  const client = await startClient(authorizationServer)
  const token = await client.getToken(resource, 'orders:read')
  const request = await client.request('GET', `${resource}/orders`, token)
  const fresh = () => client.request('GET', `${resource}/orders`, token)
  const { authorization, dpop } = await fresh()

  const tries = [
    {
      sent: 'client: its token, a fresh proof',
      answer: await get(request),
      expected: '200 for demo-client',
    },
    {
      sent: 'attacker: replay of that request',
      answer: await get(request),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: no credentials',
      answer: await get({}),
      expected: '401 no error code',
    },
    {
      sent: 'attacker: token as Bearer',
      answer: await get({ authorization: `Bearer ${token}` }),
      expected: '401 no error code',
    },
    {
      sent: 'two DPoP fields',
      answer: await get({ authorization, dpop: [dpop, dpop] }),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'two Authorization fields',
      answer: await getWithFrames([
        ['authorization', authorization],
        ['authorization', authorization],
        ['dpop', dpop],
      ]),
      expected: '400 invalid_request',
    },
    {
      sent: 'an invalid :authority',
      answer: await get({ authorization, dpop, ':authority': 'one.example,evil.example' }),
      expected: '400 invalid_request',
    },
    {
      sent: ':authority and a different Host',
      answer: await get({ authorization, dpop, ':authority': `127.0.0.1:${port}`, host: 'evil.example' }),
      expected: '400 invalid_request',
    },
    {
      // The rejected requests did not use it up.
      sent: 'client: the proof of the rejected requests',
      answer: await getWithFrames([
        ['authorization', authorization],
        ['dpop', dpop],
      ]),
      expected: '200 for demo-client',
    },
  ]
  const rows = tries.map(({ sent, answer, expected }) => ({ sent, expected, answers: [answer] }))
  process.exitCode = report(['answer'], rows) ? 0 : 1
} finally {
  authorizationServer.close()
  session.close()
  server.close()
}

/** @param {import('node:http2').OutgoingHttpHeaders} headers */
async function get(headers) {
  const stream = session.request({ ':path': '/orders', ...headers })
  const [received] = await once(stream, 'response', { signal: AbortSignal.timeout(10_000) })
  const challenge = received['www-authenticate']
  const challenges = challenge === undefined ? [] : [challenge]
  return summarize({ status: received[':status'], challenges, body: await text(stream) })
}

/** @param {[string, string][]} fields */
async function getWithFrames(fields) {
  const { status, body } = await sendFrames(resource, '/orders', fields)
  const { for: subject, error } = JSON.parse(body)
  return subject === undefined ? `${status} ${error}` : `${status} for ${subject}`
}
