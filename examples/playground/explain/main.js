// The page gets the code of the command dpop-inspect, and of the testing package for its example.
import { explainRequest } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { showExplanations } from '../page/explain.js'

/** A request whose proof is for another path, as behind a proxy that strips a prefix. */
function makeExample() {
  const client = createProofClient()
  const accessToken = createTokenIssuer().mint({ cnf: { jkt: client.jkt } })
  const proof = client.proof({ method: 'GET', url: 'https://api.example.com/svc1/orders', accessToken })
  return [
    'GET /orders HTTP/1.1',
    'Host: api.example.com',
    `Authorization: DPoP ${accessToken}`,
    `DPoP: ${proof}`,
    '',
  ].join('\n')
}

showExplanations(explainRequest, makeExample)
