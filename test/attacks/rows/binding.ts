import { createHash } from 'node:crypto'
import { createProofClient, jwkThumbprint } from '../../support/proof-client.js'
import type { Make } from '../make.js'
import type { Row } from '../row.js'
import { withStrayBit } from '../stray-bit.js'

const rowsOf = (expect: Row['expect'], cnfs: Record<string, (jkt: string, make: Make) => unknown>) =>
  Object.entries(cnfs).map(
    ([name, cnfOf]): Row => ({
      name,
      request: (make) => make.request({ claims: { cnf: cnfOf(make.client.jkt, make) } }),
      expect,
    }),
  )

/** Everything that a `cnf` can be besides a good `jkt`. */
export const unconfirmable: Record<string, (jkt: string, make: Make) => unknown> = {
  'cnf null': () => null,
  'cnf as a text': (jkt) => jkt,
  'cnf as a list': (jkt) => [{ jkt }],
  'cnf false': () => false,
  'an empty cnf': () => ({}),
  'jkt null': () => ({ jkt: null }),
  'jkt as a number': () => ({ jkt: 1 }),
  'jkt as a list': (jkt) => ({ jkt: [jkt] }),
  'an empty jkt': () => ({ jkt: '' }),
  'a jkt that is too short': (jkt) => ({ jkt: jkt.slice(0, -1) }),
  'a jkt that is too long': (jkt) => ({ jkt: `${jkt}A` }),
  'a jkt with padding': (jkt) => ({ jkt: `${jkt}=` }),
  'a jkt with stray bits at its end': (jkt) => ({ jkt: withStrayBit(jkt) }),
  'a jkt in hex': (jkt) => ({ jkt: Buffer.from(jkt, 'base64url').toString('hex') }),
  'a jkt of SHA-1': (jkt) => ({ jkt: createHash('sha1').update(jkt).digest('base64url') }),
  'jkt under a name in upper case': (jkt) => ({ JKT: jkt }),
  'a certificate alone': () => ({ 'x5t#S256': 'A'.repeat(43) }),
  'a certificate beside a good jkt': (jkt) => ({ jkt, 'x5t#S256': 'A'.repeat(43) }),
  'a certificate that is null beside a good jkt': (jkt) => ({ jkt, 'x5t#S256': null }),
  'a jwk alone': (_, make) => ({ jwk: make.client.jwk }),
  'a kid alone': () => ({ kid: 'k1' }),
  'an unknown method alone': () => ({ 'urn:example': true }),
}

export const binding: readonly Row[] = [
  ...rowsOf({ refused: 'token_unbound' }, { 'a token without cnf is not bound': () => undefined }),
  {
    name: 'jkt beside cnf is no binding',
    request: (make) => make.request({ claims: { cnf: undefined, jkt: make.client.jkt } }),
    expect: { refused: 'token_unbound' },
  },
  {
    name: 'cnf of an actor is no binding',
    request: (make) => make.request({ claims: { cnf: undefined, act: { cnf: { jkt: make.client.jkt } } } }),
    expect: { refused: 'token_unbound' },
  },
  ...rowsOf(
    { refused: 'token_binding_unconfirmed' },
    Object.fromEntries(Object.entries(unconfirmable).map(([name, cnf]) => [`${name} cannot be confirmed`, cnf])),
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'kid beside a good jkt is accepted': (jkt) => ({ jkt, kid: 'k1' }),
      'jwk beside a good jkt is accepted': (jkt, make) => ({ jkt, jwk: make.client.jwk }),
      'an unknown method beside a good jkt is accepted': (jkt) => ({ 'urn:example': [1], jkt }),
    },
  ),
  ...rowsOf(
    { refused: 'token_key_mismatch' },
    {
      'a token that is bound to another key is refused': () => ({ jkt: createProofClient().jkt }),
      'a thumbprint of another digest is another key': (jkt) => ({
        jkt: createHash('sha256').update(jkt).digest('base64url'),
      }),
      'a thumbprint of the whole jwk is another key': (_, make) => ({
        jkt: createHash('sha256').update(JSON.stringify(make.client.jwk)).digest('base64url'),
      }),
    },
  ),
  {
    name: 'a stolen token with a proof of the thief is refused',
    request: (make) => make.request({ accessToken: make.accessToken(), client: createProofClient() }),
    expect: { refused: 'token_key_mismatch' },
  },
  {
    name: "a proof under the victim's kid is the thief's all the same",
    request(make) {
      const header = { kid: make.client.jkt }
      return make.request({ accessToken: make.accessToken(), client: createProofClient(), proof: { header } })
    },
    expect: { refused: 'token_key_mismatch' },
  },
  {
    name: "a stolen token with a stolen proof of another of the victim's tokens is refused",
    request: (make) => make.request({ proof: { accessToken: make.accessToken() } }),
    expect: { refused: 'proof_ath' },
  },
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
