// @ts-check
// The MCP server in examples/mcp, and what a client and an attacker get from it. Run it: node examples/demo/stories/mcp.js
import { createApp } from '../../mcp/app.js'
import { findAuthorizationServer, startClient } from '../../mcp/client.js'
import { startAuthorizationServer } from '../authorization-server.js'
import { startAttacker } from '../client.js'
import { listenOnLoopback } from '../loopback.js'
import { rawRequest } from '../raw-request.js'
import { report, summarize } from '../report.js'

const { server, origin, close } = await listenOnLoopback()
const resource = `${origin}/mcp`
const authorizationServer = await startAuthorizationServer({ resources: [resource] })

try {
  server.on('request', createApp({ issuer: authorizationServer.issuer, resource }))

  const found = await findAuthorizationServer(resource)
  const client = await startClient({ ...authorizationServer, issuer: found.issuer, resource })
  const attacker = await startAttacker()
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
      sent: 'attacker: token as Bearer',
      expected: '401 no error code',
      answers: [await post({ authorization: `Bearer ${client.token}` })],
    },
    {
      sent: 'attacker: token without a proof',
      expected: '401 invalid_dpop_proof',
      answers: [await post({ authorization })],
    },
    {
      sent: "attacker: proof by the attacker's own key",
      expected: '401 invalid_token',
      answers: [await post({ authorization, dpop: await attacker.proof('POST', resource, client.token) })],
    },
    {
      sent: 'client: calls whoami again',
      expected: '[{"type":"text","text":"demo-client"}]',
      answers: [JSON.stringify(await client.callTool('whoami'))],
    },
  ]
  process.exitCode = report(['answer'], rows) ? 0 : 1
} finally {
  authorizationServer.close()
  close()
}
