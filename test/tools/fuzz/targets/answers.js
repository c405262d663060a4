// @ts-check
/** Answers of an authorization server to the guard's own requests. */
import assert from 'node:assert/strict'
import { failures } from '@dpop-guard/core'
import { importJWK, jwtVerify } from 'jose'
import { parseBinding, requireKeyBinding } from '../../../../packages/core/dist/access-token/binding.js'
import { createCustomVerifier } from '../../../../packages/core/dist/access-token/custom-verifier.js'
import { RemoteKeys } from '../../../../packages/core/dist/access-token/issuer-keys.js'
import { createJwtVerifier } from '../../../../packages/core/dist/access-token/jwt.js'
import { CheckFailed, CheckUnavailable } from '../../../../packages/core/dist/check-failed.js'
import { ClientSecretBasic, introspection as introspect } from '../../../../packages/core/dist/introspection.js'
import { accessToken, client, issuer, jwks, now, resource, splitInTwo } from '../scene.js'

/** The answer to every request, by its path. @type {(path: string) => string} */
let answerTo = () => ''

/** Status and content type in the first line, then the body. */
globalThis.fetch = async (url) => {
  const text = answerTo(new URL(String(url)).pathname)
  const at = text.indexOf('\n')
  const [status = '', type = ''] = text.slice(0, at).split(' ', 2)
  const code = /^[2-5]\d\d$/.test(status) ? Number(status) : 200
  const body = [204, 205, 304].includes(code) ? null : Buffer.from(text.slice(at + 1), 'latin1')
  const contentType = /^[\w/+;=.-]+$/.test(type) ? type : 'application/json'
  return new Response(body, { status: code, headers: { 'content-type': contentType } })
}

/** @template Value @param {() => Promise<Value>} ask @returns {Promise<Value | undefined>} */
async function answerOf(ask) {
  try {
    return await ask()
  } catch (error) {
    const known = error instanceof CheckFailed || error instanceof CheckUnavailable
    if (known && Object.hasOwn(failures, error.reason)) return undefined
    throw error
  }
}

const introspectionOptions = {
  issuer,
  endpoint: `${issuer}/introspect`,
  clientId: 'api',
  clientAuthentication: ClientSecretBasic('secret'),
  cacheSeconds: 0,
}

/** An answer of RFC 7662. @type {import('./index.d.ts').FuzzTarget} */
export const introspectionAnswer = {
  name: 'introspection-answer',
  share: 0.0015,
  seeds: [
    `200 application/json\n{"active":true,"aud":"${resource}","token_type":"DPoP","cnf":{"jkt":"${client.jkt}"},"exp":${now + 9}}`,
    '200 application/json\n{"active":false}',
    `200 application/json\n{"active":true,"aud":"${resource}","a":${'['.repeat(32)}${']'.repeat(32)}}`,
    '200 application/token-introspection+jwt\neyJ9.e30.AA',
    '400 application/json\n{"error":"unsupported_token_type"}',
    '500 text/html\n<html>',
  ],
  words: [
    ...[
      '"active":true',
      '"active":"true"',
      '"active":1',
      `"aud":"${resource}"`,
      `"aud":["${resource}"]`,
      '"aud":',
      '"exp":',
      '"nbf":',
    ],
    ...[
      '"token_type":"Bearer"',
      '"token_type":"DPoP"',
      `"cnf":{"jkt":"${client.jkt}"}`,
      '"cnf":null',
      '"__proto__":{"active":true}',
    ],
    ...[
      `"iss":"${issuer}"`,
      '"iss":',
      '"sub":',
      '"error":"invalid_token"',
      '401 ',
      '302 ',
      '200 ',
      'application/json',
      ',',
      '{',
      '}',
      'null',
    ],
  ],
  async execute(input) {
    answerTo = () => input
    const { verify } = createCustomVerifier(introspect(introspectionOptions), {
      issuers: [],
      audience: [resource],
      clockToleranceSeconds: 5,
    })
    const bound = await answerOf(async () => {
      const { claims } = await verify('opaque', now)
      return { claims, binding: requireKeyBinding(parseBinding(claims)) }
    })
    if (bound === undefined) return
    const stated = JSON.parse(Buffer.from(input.slice(input.indexOf('\n') + 1), 'latin1').toString('utf8'))
    assert.equal(stated.active, true)
    assert([stated.aud].flat().includes(resource))
    assert(stated.iss === undefined || stated.iss === issuer)
    assert(stated.exp === undefined || stated.exp > now - 5)
    assert.equal(bound.binding.jkt, stated.cnf.jkt)
  },
}

/** @param {unknown} key @returns {key is import('jose').JWK} */
function isForVerifying(key) {
  const { d, k, use = 'sig', key_ops: operations = ['verify'], kid, alg = 'ES256' } = Object(key)
  return (
    d === undefined &&
    k === undefined &&
    use === 'sig' &&
    operations.includes('verify') &&
    kid === 'k1' &&
    alg === 'ES256'
  )
}

/** @param {import('jose').JWK} key */
async function verifyWith({ crv, x, y }) {
  const key = await importJWK({ kty: 'EC', crv: String(crv), x: String(x), y: String(y) }, 'ES256')
  return jwtVerify(accessToken, key, { currentDate: new Date(now * 1000) })
}

const metadata = JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` })
const tuning = { cacheSeconds: 600, cooldownSeconds: 30, timeoutSeconds: 5, maxStaleSeconds: 3600 }

/** Metadata of RFC 8414, then an empty line and a JWK Set. @type {import('./index.d.ts').FuzzTarget} */
export const issuerAnswers = {
  name: 'issuer-answers',
  share: 0.0005,
  seeds: [
    `200 application/json\n${metadata}\n\n200 application/json\n${JSON.stringify(jwks)}`,
    '404 text/html\n\n\n404 a\n',
    `200 application/json\n${metadata.slice(0, -1)},"a":${'['.repeat(32)}${']'.repeat(32)}}\n\n200 application/json\n${JSON.stringify(jwks)}`,
  ],
  words: [
    ...[
      `"issuer":"${issuer}"`,
      '"jwks_uri":',
      `${issuer}/jwks`,
      'http://as.example.com/jwks',
      '"keys":[',
      '"keys":[]',
      '"keys":null',
    ],
    ...[
      ...Object.entries(jwks.keys[0] ?? {}).map(([name, value]) => `"${name}":${JSON.stringify(value)}`),
      '"d":"AA"',
      '"kty":"RSA"',
    ],
    ...[
      '404 ',
      '500 ',
      '302 ',
      '200 ',
      '"use":"enc"',
      '"alg":"HS256"',
      '"kty":"oct","k":"AA"',
      ',',
      '{',
      '}',
      ']',
      'null',
      '\n\n',
    ],
  ],
  async execute(input) {
    const { first, second } = splitInTwo(input)
    answerTo = (path) => (path === '/jwks' ? second : first)
    const { verify } = createJwtVerifier({
      issuers: new Map([
        [
          issuer,
          { keys: new RemoteKeys({ issuer, transport: 'secure' }, tuning), algorithms: ['ES256'], typ: 'at+jwt' },
        ],
      ]),
      audience: [resource],
      tokenClaims: 'minimal',
      clockToleranceSeconds: 5,
    })
    const accepted = await answerOf(() => verify(accessToken, now))
    if (accepted === undefined) return
    const stated = JSON.parse(Buffer.from(first.slice(first.indexOf('\n') + 1), 'latin1').toString('utf8'))
    assert.equal(stated.issuer, issuer)
    const { keys } = JSON.parse(Buffer.from(second.slice(second.indexOf('\n') + 1), 'latin1').toString('utf8'))
    await Promise.any(keys.filter(isForVerifying).map(verifyWith))
  },
}
