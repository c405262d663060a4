import { invalidRequests } from '@dpop-guard/testing/invalid-requests'
import { createProofClient, jwkThumbprint } from '../../support/proof-client.js'
import type { Make } from '../make.js'
import type { Row } from '../row.js'

const rowsOf = (expect: Row['expect'], cnfs: Record<string, (jkt: string, make: Make) => unknown>) =>
  Object.entries(cnfs).map(
    ([name, cnfOf]): Row => ({
      name,
      request: (make) => make.request({ claims: { cnf: cnfOf(make.client.jkt, make) } }),
      expect,
    }),
  )

/** Every `cnf` that cannot be confirmed, by its description. */
export const unconfirmable: Record<string, (make: Make) => unknown> = Object.fromEntries(
  Object.values(invalidRequests)
    .filter(({ expected }) => expected.reason === 'token_binding_unconfirmed')
    .map((request) => [request.description, (make) => make.mutations(request)[0]?.claims?.cnf]),
)
export const binding: readonly Row[] = [
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'kid beside a good jkt is accepted': (jkt) => ({ jkt, kid: 'k1' }),
      'jwk beside a good jkt is accepted': (jkt, make) => ({ jkt, jwk: make.client.jwk }),
      'an unknown method beside a good jkt is accepted': (jkt) => ({ 'urn:example': [1], jkt }),
    },
  ),
  ...(['PS256', 'Ed25519'] as const).map(
    (alg): Row => ({
      name: `a token is bound to the RFC 7638 thumbprint of a ${alg} key`,
      request(make) {
        const client = createProofClient(alg)
        return make.request({ client, claims: { cnf: { jkt: jwkThumbprint(client.jwk) } } })
      },
      expect: { accepted: 'DPoP' },
    }),
  ),
]
