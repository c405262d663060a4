import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { createProofClient, type SignatureAlgorithm, signingInput } from '../../support/proof-client.js'
import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'

/** Rows with a proof whose header has other members, signed all the same. */
const rowsOf = (expect: Row['expect'], headers: Record<string, Record<string, unknown>>) =>
  Object.entries(headers).map(
    ([name, header]): Row => ({ name, request: (make) => make.request({ proof: { header } }), expect }),
  )

/** A proof that is good in itself, signed by a client of this algorithm. */
const signedWith = (alg: SignatureAlgorithm, expect: Row['expect'], profile: ProfileName = 'dpop-only'): Row => ({
  name: `a good ${alg} proof is ${'accepted' in expect ? 'accepted' : 'refused'} by the guard "${profile}"`,
  profile,
  request: (make) => make.request({ client: createProofClient(alg) }),
  expect,
})

export const proofHeader: readonly Row[] = [
  ...rowsOf(
    { refused: 'proof_typ' },
    {
      'a proof without typ is refused': { typ: undefined },
      'typ JWT is refused': { typ: 'JWT' },
      'typ at+jwt is refused': { typ: 'at+jwt' },
      'typ in upper case is refused': { typ: 'DPOP+JWT' },
      'typ in mixed case is refused': { typ: 'dpop+JWT' },
      'typ as a full media type is refused': { typ: 'application/dpop+jwt' },
      'typ with a space is refused': { typ: 'dpop+jwt ' },
      'typ with a parameter is refused': { typ: 'dpop+jwt;v=1' },
      'typ as a list is refused': { typ: ['dpop+jwt'] },
      'typ null is refused': { typ: null },
      'an empty typ is refused': { typ: '' },
    },
  ),
  ...rowsOf(
    { refused: 'proof_algorithm' },
    {
      'a proof without alg is refused': { alg: undefined },
      'alg none with a signature is refused': { alg: 'none' },
      'alg None is refused': { alg: 'None' },
      'an empty alg is refused': { alg: '' },
      'alg null is refused': { alg: null },
      'alg as a list is refused': { alg: ['ES256'] },
      'alg as a number is refused': { alg: 256 },
      'alg in lower case is refused': { alg: 'es256' },
      'alg with a space is refused': { alg: 'ES256 ' },
      'alg ES256K is refused': { alg: 'ES256K' },
      'alg PS384 is refused': { alg: 'PS384' },
      'alg RSA-OAEP is refused': { alg: 'RSA-OAEP' },
      'alg dir is refused': { alg: 'dir' },
      'alg constructor is refused': { alg: 'constructor' },
      'alg __proto__ is refused': { alg: '__proto__' },
      'alg toString is refused': { alg: 'toString' },
    },
  ),
  ...['HS256', 'HS384', 'HS512'].map(
    (alg): Row => ({
      name: `alg ${alg} with the public key as the secret is refused`,
      request: (make) =>
        make.request({
          dpop({ header, payload }) {
            const input = signingInput({ ...header, alg }, payload)
            const secret = make.client.publicKey.export({ type: 'spki', format: 'pem' })
            return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
          },
        }),
      expect: { refused: 'proof_algorithm' },
    }),
  ),
  {
    name: 'a good ES256K proof is refused',
    request: (make) =>
      make.request({
        dpop({ header, payload }) {
          const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
          const input = signingInput({ ...header, alg: 'ES256K', jwk: publicKey.export({ format: 'jwk' }) }, payload)
          const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
          return `${input}.${signature.toString('base64url')}`
        },
      }),
    expect: { refused: 'proof_algorithm' },
  },
  signedWith('RS256', { refused: 'proof_algorithm' }),
  signedWith('ES384', { refused: 'proof_algorithm' }),
  signedWith('ES512', { refused: 'proof_algorithm' }),
  signedWith('ES256', { accepted: 'DPoP' }),
  signedWith('PS256', { accepted: 'DPoP' }),
  signedWith('Ed25519', { accepted: 'DPoP' }),
  signedWith('EdDSA', { accepted: 'DPoP' }),
  signedWith('ES384', { accepted: 'DPoP' }, 'algorithms'),
  signedWith('ES512', { accepted: 'DPoP' }, 'algorithms'),
  signedWith('RS256', { accepted: 'DPoP' }, 'algorithms'),
  signedWith('ES256', { refused: 'proof_algorithm' }, 'algorithms'),
  signedWith('PS256', { refused: 'proof_algorithm' }, 'algorithms'),
  signedWith('EdDSA', { refused: 'proof_algorithm' }, 'algorithms'),

  ...rowsOf(
    { refused: 'proof_header' },
    {
      'crit is refused': { crit: ['exp'] },
      'crit with a member that is there is refused': { crit: ['urn:x'], 'urn:x': true },
      'an empty crit is refused': { crit: [] },
      'crit null is refused': { crit: null },
      'crit with b64 is refused': { crit: ['b64'], b64: false },
      'b64 false without crit is refused': { b64: false },
      'b64 true without crit is refused': { b64: true },
    },
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'kid in the header is ignored': { kid: '../../../etc/passwd' },
      'kid that is no text is ignored': { kid: { a: 1 } },
      'jku in the header is ignored': { jku: 'https://evil.example/jwks' },
      'x5u in the header is ignored': { x5u: 'https://evil.example/cert' },
      'x5c in the header is ignored': { x5c: ['MIIB'] },
      'x5t#S256 in the header is ignored': { 'x5t#S256': 'x' },
      'cty in the header is ignored': { cty: 'JWT' },
      'zip in the header is ignored': { zip: 'DEF' },
      'an unknown header parameter is ignored': { 'urn:example:extra': { a: [1, null] } },
    },
  ),
]
