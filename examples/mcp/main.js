// @ts-check
import { startAuthorizationServer } from '../demo/authorization-server.js'
import { startThief } from '../demo/client.js'
import { listenOnLoopback } from '../demo/loopback.js'
import { rawRequest } from '../demo/raw-request.js'
import { printTable, summarize } from '../demo/report.js'
import { findAuthorizationServer, startClient } from './client.js'
import { createApp } from './server.js'

const { server, origin, close } = await listenOnLoopback()
const resource = `${origin}/mcp`
const authorizationServer = await startAuthorizationServer({ resources: [resource] })

try {
  server.on('request', createApp({ issuer: authorizationServer.issuer, resource }))

  const found = await findAuthorizationServer(resource)
  const client = await startClient({ ...authorizationServer, issuer: found.issuer, resource })
  const thief = await startThief()
  const authorization = `DPoP ${client.token}`

  /** @param {Record<string, string>} headers */
  const post = async (headers) => summarize(await rawRequest('POST', resource, headers))

  const rows = [
    {
      sent: 'client: no token; the challenge names',
      expected: `401 ${origin}/.well-known/oauth-protected-resource/mcp`,
      answers: [`${found.status} ${found.resourceMetadataUrl}`],
    },
    {
      sent: 'client: that document names',
      expected: authorizationServer.issuer,
      answers: [found.issuer],
    },
    {
      sent: 'client: calls whoami',
      expected: '[{"type":"text","text":"demo-client"}]',
      answers: [JSON.stringify(await client.callTool('whoami'))],
    },
    {
      sent: 'thief: token as Bearer',
      expected: '401 no error code',
      answers: [await post({ authorization: `Bearer ${client.token}` })],
    },
    {
      sent: 'thief: token without a proof',
      expected: '401 invalid_dpop_proof',
      answers: [await post({ authorization })],
    },
    {
      sent: "thief: proof by the thief's own key",
      expected: '401 invalid_token',
      answers: [await post({ authorization, dpop: await thief.proof('POST', resource, client.token) })],
    },
    {
      sent: 'client: calls whoami again',
      expected: '[{"type":"text","text":"demo-client"}]',
      answers: [JSON.stringify(await client.callTool('whoami'))],
    },
  ]
  const asExpected = printTable(['answer'], rows)
  console.log(`\n${asExpected} of ${rows.length} answers as expected`)
  process.exitCode = asExpected === rows.length ? 0 : 1
} finally {
  authorizationServer.close()
  close()
}
