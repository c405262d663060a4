// @ts-check
// Requests that are rejected, in sizes up to Node's limit for all header fields.
import { randomBytes } from 'node:crypto'
import { createClient, createIssuer, digestOf, issuerUrl, resourceUrl } from '../support/credentials.js'

/** @typedef {{ method: string, target: string, headers: string[] }} Request */
/** @typedef {{ name: string, make: (size: number) => Request | (() => Request) }} Case `make` returns a function where requests must differ. */

export const issuer = createIssuer()
export const client = createClient()
const accessToken = issuer.mintAccessToken(client.jkt)
const url = `${resourceUrl}/orders`

/** @param {string} text */
const encode = (text) => Buffer.from(text).toString('base64url')
/** @param {string} text @param {number} size */
const fill = (text, size) => text.repeat(Math.ceil(size / text.length)).slice(0, size)
/** The number of bytes for that many characters of base64url. @param {number} size */
const decoded = (size) => Math.floor((size * 3) / 4)

/** @param {{ token?: string, proof?: string, authorization?: string, target?: string, more?: string[] }} [parts] */
export function createRequest({
  token = accessToken,
  proof,
  authorization = `DPoP ${token}`,
  target = '/orders',
  more = [],
} = {}) {
  const good = proof ?? client.mintProof({ method: 'GET', url, accessToken: token })
  return {
    method: 'GET',
    target,
    headers: ['Host', 'api.example.com', 'Authorization', authorization, 'DPoP', good, ...more],
  }
}

const goodProof = client.mintProof({ method: 'GET', url, accessToken })
const [goodHeader = ''] = goodProof.split('.')

/** A rejected proof with these claims. @param {string} json */
const withClaims = (json) => createRequest({ proof: `${goodHeader}.${encode(json)}.AAAA` })
/** A signed proof of the client. @param {Record<string, unknown>} claims */
const signed = (claims) => createRequest({ proof: client.mintProof({ method: 'GET', url, accessToken, claims }) })

/** @param {number} size */
const members = (size) =>
  Object.fromEntries(Array.from({ length: size / 9 }, (_, index) => [index.toString(36).padStart(4, 'm'), 1]))

/** A repeated field. @param {string} name @param {string} value @param {number} size */
const repeated = (name, value, size) =>
  Array.from({ length: Math.floor(size / (name.length + value.length + 4)) }, () => [name, value]).flat()

/** A key without a known private key. The guard learns this only from a verification at full cost. @param {number} bits */
function createRsaImpostor(bits) {
  const modulus = randomBytes(bits / 8)
  modulus[0] = 0xff
  modulus[bits / 8 - 1] = 0xff
  const jwk = { e: Buffer.from('ffffffff', 'hex').toString('base64url'), kty: 'RSA', n: modulus.toString('base64url') }
  const token = issuer.mintAccessToken(digestOf(JSON.stringify(jwk)))
  const header = encode(JSON.stringify({ typ: 'dpop+jwt', alg: 'PS256', jwk }))
  const claims = { jti: 'a', htm: 'GET', htu: url, iat: Math.floor(Date.now() / 1000), ath: digestOf(token) }
  const signature = Buffer.concat([Buffer.of(0), randomBytes(bits / 8 - 1)]).toString('base64url')
  return createRequest({ token, proof: `${header}.${encode(JSON.stringify(claims))}.${signature}` })
}

/** A key that is not on its curve, a new one each time. @param {number} size */
function createOffCurve(size) {
  const x = randomBytes(32).toString('base64url')
  const jwk = { crv: 'P-256', kty: 'EC', x, y: x }
  const token = issuer.mintAccessToken(digestOf(JSON.stringify(jwk)))
  const header = encode(JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk, pad: fill('p', decoded(size)) }))
  const claims = { jti: 'a', htm: 'GET', htu: url, iat: Math.floor(Date.now() / 1000), ath: digestOf(token) }
  return createRequest({ token, proof: `${header}.${encode(JSON.stringify(claims))}.${fill('A', 86)}` })
}

/** An access token that the issuer did not sign. @param {string} header @param {string} claims */
const forgedToken = (header, claims) => createRequest({ token: `${encode(header)}.${encode(claims)}.${fill('A', 86)}` })
const kid = issuer.jwks.keys[0]?.kid
const tokenHeader = JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid })

/** @type {readonly Case[]} */
export const cases = [
  {
    name: 'Authorization: one long token',
    make: (size) => createRequest({ authorization: `DPoP ${fill('a', size)}` }),
  },
  {
    name: 'Authorization: a long token with a bad end',
    make: (size) => createRequest({ authorization: `DPoP ${fill('a', size)}!` }),
  },
  { name: 'Authorization: spaces', make: (size) => createRequest({ authorization: `DPoP${fill(' ', size)}!` }) },
  {
    name: 'Authorization: equals signs',
    make: (size) => createRequest({ authorization: `DPoP a${fill('=', size)}!` }),
  },
  { name: 'Authorization: a long scheme', make: (size) => createRequest({ authorization: fill('DPoP', size) }) },
  { name: 'Authorization: commas', make: (size) => createRequest({ authorization: `DPoP ${fill('a,', size)}` }) },
  {
    name: 'Authorization: many fields',
    make: (size) => createRequest({ more: repeated('Authorization', 'DPoP a', size) }),
  },
  { name: 'DPoP: many fields', make: (size) => createRequest({ more: repeated('DPoP', 'a', size) }) },
  { name: 'Host: many fields', make: (size) => createRequest({ more: repeated('Host', 'a', size) }) },
  { name: 'Host: one long value', make: (size) => createRequest({ more: [':authority', fill('1:', size)] }) },
  {
    name: 'other fields: many short ones',
    make: (size) => createRequest({ proof: 'a', more: repeated('a', '', size) }),
  },
  { name: 'white space around a field', make: (size) => createRequest({ proof: `${fill(' \t', size)}a` }) },

  { name: 'target: percent-encoded', make: (size) => createRequest({ target: `/${fill('%2f%41', size)}` }) },
  { name: 'target: broken percent signs', make: (size) => createRequest({ target: `/${fill('%', size)}` }) },
  { name: 'target: slashes and dots', make: (size) => createRequest({ target: `/${fill('.../', size)}` }) },
  { name: 'target: dot segments at the end', make: (size) => createRequest({ target: `${fill('/a.', size)}/..` }) },
  {
    name: 'target: a query of many parameters',
    make: (size) => createRequest({ target: `/orders?${fill('%61&', size)}access_token` }),
  },
  {
    name: 'target: absolute, a long authority',
    make: (size) => createRequest({ target: `https://${fill('a.', size)}/` }),
  },

  { name: 'proof: no dots', make: (size) => createRequest({ proof: fill('a', size) }) },
  { name: 'proof: only dots', make: (size) => createRequest({ proof: fill('.', size) }) },
  { name: 'proof: base64url of nothing', make: (size) => createRequest({ proof: `${fill('A', size)}.A.A` }) },
  {
    name: 'proof: deep lists',
    make: (size) => withClaims(`{"a":${fill('[', decoded(size) / 2)}${fill(']', decoded(size) / 2)}}`),
  },
  {
    name: 'proof: deep objects',
    make: (size) => withClaims('{"a":'.repeat(decoded(size) / 6) + 1 + '}'.repeat(decoded(size) / 6)),
  },
  { name: 'proof: many members', make: (size) => withClaims(JSON.stringify(members(decoded(size)))) },
  {
    name: 'proof: one member, many times',
    make: (size) => withClaims(`{${fill('"a":1,', decoded(size) - (decoded(size) % 6))}"a":1}`),
  },
  {
    name: 'proof: numbers as members',
    make: (size) => withClaims(`{${Array.from({ length: decoded(size) / 12 }, (_, at) => `"${at * 7919}":1`).join()}}`),
  },
  { name: 'proof: a long text', make: (size) => withClaims(`{"a":"${fill('b', decoded(size))}"}`) },
  {
    name: 'proof: backslashes',
    make: (size) => withClaims(`{"a":"${fill('\\\\', decoded(size) - (decoded(size) % 2))}"}`),
  },
  {
    name: 'proof: escapes in names',
    make: (size) => withClaims(`{"${fill('\\u0061', decoded(size) - (decoded(size) % 6))}":1}`),
  },
  { name: 'proof: a long number', make: (size) => withClaims(`{"iat":${fill('1', decoded(size))}}`) },
  {
    name: 'proof: not UTF-8 at the end',
    make: (size) =>
      createRequest({
        proof: `${goodHeader}.${Buffer.from(`{"a":"${fill('b', decoded(size))}\xff"}`, 'latin1').toString('base64url')}.AAAA`,
      }),
  },
  {
    name: 'proof: signed, htu percent-encoded',
    make: (size) => signed({ htu: `${resourceUrl}/${fill('%2f%41', decoded(size))}` }),
  },
  {
    name: 'proof: signed, htu of dot segments',
    make: (size) => signed({ htu: `${resourceUrl}${fill('/a/..', decoded(size))}/../` }),
  },
  {
    name: 'proof: signed, htu with a long host',
    make: (size) => signed({ htu: `https://${fill('a.', decoded(size))}/` }),
  },
  { name: 'proof: signed, a long jti', make: (size) => signed({ jti: fill('a', decoded(size)) }) },
  {
    name: 'proof: signed, many members, a bad htm',
    make: (size) => signed({ ...members(decoded(size)), htm: 'POST' }),
  },
  { name: 'proof: signed, a long ath', make: (size) => signed({ ath: fill('a', decoded(size)) }) },
  {
    name: 'proof: RSA keys of 2048 to 4096 bits, e of 32 bits',
    make: (size) => createRsaImpostor(size >= 16_000 ? 4096 : size >= 8000 ? 3072 : 2048),
  },
  {
    name: 'proof: keys on no curve, each its own token',
    make: (size) => {
      const requests = Array.from({ length: 200 }, () => createOffCurve(size / 2))
      let next = 0
      return () => requests[next++ % requests.length] ?? createOffCurve(size / 2)
    },
  },

  {
    name: 'access token: many claims, forged',
    make: (size) => forgedToken(tokenHeader, JSON.stringify({ iss: issuerUrl, ...members(decoded(size)) })),
  },
  {
    name: 'access token: deep lists, forged',
    make: (size) =>
      forgedToken(
        tokenHeader,
        `{"iss":"${issuerUrl}","a":${fill('[', decoded(size) / 2)}${fill(']', decoded(size) / 2)}}`,
      ),
  },
  {
    name: 'access token: a long unknown kid',
    make: (size) =>
      forgedToken(
        JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: fill('k', decoded(size)) }),
        JSON.stringify({ iss: issuerUrl }),
      ),
  },
  {
    name: 'access token: a long header, another issuer',
    make: (size) => forgedToken(JSON.stringify({ ...members(decoded(size)) }), '{"iss":"https://other.example"}'),
  },
  {
    name: 'access token: many claims, signed, for others',
    make: (size) =>
      createRequest({
        token: issuer.mintAccessToken(client.jkt, { ...members(decoded(size)), aud: 'https://other.example' }),
      }),
  },
  {
    name: 'access token: many audiences, signed, for others',
    make: (size) =>
      createRequest({
        token: issuer.mintAccessToken(client.jkt, { aud: Array.from({ length: decoded(size) / 4 }, () => 'a') }),
      }),
  },
]
