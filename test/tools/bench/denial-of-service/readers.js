// @ts-check
// Every reader of input from untrusted clients or issuers: how to send it a string, and words that matter to it.
import { maxHeaderSize } from 'node:http'
import { separators } from '../../fuzz/mutate.js'
import { digestOf, issuerUrl, resourceUrl } from '../support/credentials.js'
import {
  accessToken,
  asking,
  askTenants,
  client,
  createRequest,
  fetching,
  goodClaims,
  goodHeader,
  goodProof,
  goodSignature,
  guards,
  issuer,
  passTime,
  setAnswers,
} from './scene.js'
import { copyStrings } from './stopwatch.js'

/** @typedef {import('./recipe.js').Recipe} Recipe */
/** @typedef {import('./scene.js').Request} Request */
/** @typedef {import('./stopwatch.js').Subject} Subject */

/**
 * @typedef {object} Reader
 * @property {string} name
 * @property {number} size Characters of a recipe's string, so that the whole request, or the document, has 16 KB.
 * @property {readonly string[]} words
 * @property {readonly string[]} contexts
 * @property {readonly Partial<Recipe>[]} seeds
 * @property {(text: string, context: string) => Subject} subject
 */

/** The rest of the request: names of {@link companions}, after the name of a guard. */
const contextsOf = (/** @type {readonly string[]} */ ...names) =>
  Object.keys(guards).flatMap((guard) => names.map((name) => `${guard}: ${name}`))

/** @type {Record<string, { authorization?: string, proof?: string }>} */
const companions = {
  alone: {},
  'Basic, a proof': { authorization: 'Basic YTpi', proof: 'a.a.a' },
  'a bad token': { authorization: 'DPoP a.a.a', proof: 'a.a.a' },
  'Bearer, a bad token': { authorization: 'Bearer a.a.a' },
  'a stolen token, no proof': { authorization: `DPoP ${accessToken}` },
  'a stolen token, a bad proof': { authorization: `DPoP ${accessToken}`, proof: 'e30.e30.AA' },
  'a stolen token, a used proof': { authorization: `DPoP ${accessToken}`, proof: goodProof },
}

/** @param {string} context @param {(companion: { authorization?: string, proof?: string }) => Request} make @returns {Subject} */
function requestSubject(context, make) {
  const [guard = '', name = ''] = context.split(': ', 2)
  const request = make(companions[name] ?? {})
  return { fresh: () => copyStrings(request), run: guards[guard] ?? Promise.reject }
}

/** The size of a request with these companions, without the string. @param {readonly string[]} contexts */
const roomBeside = (contexts) =>
  maxHeaderSize -
  64 -
  Math.max(
    ...contexts.map((context) => {
      const { authorization = '', proof = '' } = companions[context.split(': ')[1] ?? ''] ?? {}
      return authorization.length + proof.length + 64
    }),
  )

const everyCompanion = contextsOf(...Object.keys(companions))
const small = [...separators, '&', '+', '-', '"', 'a', 'A', '0', '[', ']']
const percent = ['%2f', '%2F', '%41', '%61', '%7e', '%c3%a9', '%2e', '%25', '%zz', '%e', '%E2%82', '%F0%9F']

/** @param {Omit<Reader, 'size' | 'contexts' | 'subject' | 'seeds'> & { seeds?: readonly Partial<Recipe>[], write: (text: string) => { target?: string, more?: string[] } }} options @returns {Reader} */
function partReader({ name, words, seeds = [], write }) {
  return {
    name,
    words,
    seeds,
    contexts: everyCompanion,
    size: roomBeside(everyCompanion),
    subject: (text, context) => requestSubject(context, (companion) => createRequest({ ...companion, ...write(text) })),
  }
}

const target = partReader({
  name: 'request target',
  words: [
    ...small,
    ...percent,
    '/.',
    '/..',
    '/a',
    '//',
    '.../',
    '.a/',
    '/%2e',
    '/a.',
    resourceUrl,
    'https://',
    'a.',
    '[::1]',
    ':443',
  ],
  seeds: [
    { head: 'https://', unit: 'a.', tail: '/' },
    { head: `${resourceUrl}/`, unit: '%41' },
    { unit: '/.a', tail: '/..' },
    { unit: '%41%c3' },
  ],
  write: (text) => ({ target: text.startsWith('https:') ? text : `/${text}` }),
})

const query = partReader({
  name: 'query',
  words: [
    ...small,
    ...percent,
    '%&',
    '&%',
    'access_token',
    'access_toke&',
    'access_token%',
    '&a',
    '&%61',
    '=&',
    '%61%63',
    'access%5f',
    '%61ccess_toke&',
  ],
  write: (text) => ({ target: `/orders?${text}` }),
})

const names = [
  'a',
  'DPoP',
  'dpop',
  'Authorization',
  'Host',
  'Origin',
  'Content-Type',
  ':authority',
  'Cookie',
  'X-A',
  'ORIGIN',
  'hosts',
  'content-typd',
]

/** @param {string} name @returns {Reader} */
const fieldReader = (name) =>
  partReader({
    name: `field ${name}`,
    words: [
      ...small,
      'localhost',
      'a.',
      '1:',
      '[::1]',
      '[1:',
      '::',
      'api.example.com',
      'application/x-www-form-urlencoded',
      '\t ',
      'a ',
    ],
    write: (text) => ({ more: [name, text] }),
  })

/** Node keeps this many fields of a request. */
const maxFields = 2000

/** A line for each field. @type {Reader} */
const fieldList = {
  ...partReader({
    name: 'list of fields',
    words: [
      ...names.flatMap((name) => [`${name}:\n`, `${name}:a\n`, `${name}: b \n`]),
      ':\n',
      ...small,
      '{n}:\n',
      'cookie: a=b\n',
      'x-{n}: a\n',
      'DPop:\n',
      'origin:https://a\n',
    ],
    write: (text) => ({ more: collectFields(text) }),
  }),
  // Each line has two characters more on the wire: ': ' and CRLF.
  size: roomBeside(everyCompanion) / 2,
}

/** @param {string} text */
function collectFields(text) {
  let room = roomBeside(everyCompanion)
  const fields = []
  for (const line of text.split('\n')) {
    const at = line.indexOf(':', 1)
    const field = at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    room -= line.length + 3
    if (room < 0 || fields.length === 2 * maxFields) break
    fields.push(...field)
  }
  return fields
}

const schemes = contextsOf('alone')

/** @type {Reader} */
const authorization = {
  name: 'field Authorization',
  words: [...small, 'DPoP ', 'dpop', 'Bearer ', 'Basic ', 'a.', 'a,', '==', '~', '_', accessToken],
  contexts: schemes,
  seeds: [
    { head: 'DPoP ', unit: 'a' },
    { head: 'DPoP ', unit: 'a', tail: '!' },
    { head: 'Bearer ', unit: ' ' },
    { head: 'DPoP ', unit: '=' },
  ],
  size: roomBeside(contextsOf('a bad token')),
  subject: (text, context) => requestSubject(context, () => createRequest({ authorization: text, proof: 'a.a.a' })),
}

const tokens = contextsOf('a stolen token, no proof')

/** @type {Reader} */
const proofField = {
  name: 'field DPoP',
  words: [...small, '_', '.', 'a.', '.a', 'e30', 'e30.', 'AAAA', 'AB', '--', goodHeader, goodClaims],
  contexts: tokens,
  seeds: [
    { unit: 'A', tail: '.A.A' },
    { head: 'e30.', unit: 'A', tail: '.A' },
    { head: `${goodHeader}.`, unit: 'A', tail: 'B.A' },
    { head: `${goodHeader}.${goodClaims}.`, unit: 'A' },
  ],
  size: roomBeside(tokens),
  subject: (text, context) => requestSubject(context, (companion) => createRequest({ ...companion, proof: text })),
}

/** The UTF-8 bytes of a character, each as one character. @param {string} text */
const utf8 = (text) => Buffer.from(text).toString('latin1')

const json = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '{}',
    '[]',
    ',',
    ':',
    '"',
    '\\',
    '""',
    '1',
    '0',
    '-1',
    '1e9',
    '1.5',
    'null',
    'true',
    ' ',
    '\n',
    'a',
    '1,',
    '[1],',
    '[],',
    '{},',
    'null,',
    '"",',
    '"a",',
  ],
  ...[
    '"a":',
    '"a":1,',
    '"{n}":1,',
    '"{n}":"",',
    '"{n}":{},',
    '"{n}":[],',
    '"{i}":1,',
    '{"a":',
    '{"{n}":1},',
    '"{n}":{"a":1},',
    '"\\u0061":1,',
    '"__proto__":{},',
    '"a":[1],',
  ],
  ...[
    '\\u0061',
    '\\ud83d\\ude00',
    '\\ud800',
    '\\n',
    '\\"',
    '\\\\',
    ':',
    utf8('\u00e9'),
    utf8('\u20ac'),
    utf8('\u{1f600}'),
    '\xff',
    '\xef\xbb\xbf',
  ],
  ...[
    '1e308,',
    '1.7976931348623157e308,',
    '2.2250738585072011e-308,',
    '0.1,',
    '1e-400,',
    '123456789012345678901234567890,',
    '-0,',
  ],
]

/** @type {readonly Partial<Recipe>[]} */
const jsonSeeds = [
  ...[
    '"{n}":1,',
    '"{i}":1,',
    '"a":1,',
    '"{n}":{},',
    '"{n}":"\\u0061",',
    '"\\u0061{n}":1,',
    `"${utf8('\u20ac')}{n}":1,`,
  ].map((unit) => ({ head: '{', unit, tail: '"z":1}' })),
  ...['1,', '[],', '{},', '"",', '1e308,', '0.1,', '2.2250738585072011e-308,', 'null,', '{"a":1},', '"a",', '[1],'].map(
    (unit) => ({ head: '{"a":[', unit, tail: '1]}' }),
  ),
  ...['a', ':', '\\u0061', '\\"', '\\\\', utf8('\u00e9'), utf8('\u20ac'), utf8('\u{1f600}'), '\\ud83d\\ude00', ' '].map(
    (unit) => ({ head: '{"a":"', unit, tail: '"}' }),
  ),
  ...['a', '\\u0061', utf8('\u20ac')].map((unit) => ({ head: '{"', unit, tail: '":1}' })),
  { head: '{"a":', unit: '[', closing: ']', tail: '}' },
  { unit: '{"a":', core: '1', closing: '}' },
  { unit: '{"a":[', core: '1', closing: ']}' },
  { head: '{"a":[', unit: '[[', core: '1', closing: ']],', tail: '1]}' },
  { head: '{"iat":', unit: '1', tail: '}' },
  { head: '{"iat":0.', unit: '1', tail: '}' },
  { head: '{', unit: ' ', tail: '}' },
  { head: '{"a":"', unit: 'b', tail: '\xff"}' },
  // Just within the bounds of a proof, and of a token.
  ...[100, 350].flatMap((most) =>
    ['"{n}":1,', '"{n}":{},', '"\\u0061{n}":1,'].map((unit) => ({
      ...{ head: '{', unit, most, core: '"y":"', filler: 'a', tail: '"}' },
    })),
  ),
]

/** Seeds that follow good members. @param {string} members */
const beside = (members) =>
  jsonSeeds
    .filter(({ head = '' }) => head.startsWith('{'))
    .map((seed) => ({ ...seed, head: `{${members},${seed.head?.slice(1)}` }))

/** @param {string} text */
const encode = (text) => Buffer.from(text, 'latin1').toString('base64url')
/** The number of bytes for that many characters of base64url. @param {number} size */
const decoded = (size) => Math.floor((size * 3) / 4) - 2

/** @param {{ name: string, members?: string, words?: readonly string[], size: number, contexts: readonly string[], write: (encoded: string) => { authorization?: string, proof?: string } }} options @returns {Reader} */
function jsonReader({ name, members, words = [], size, contexts, write }) {
  return {
    name,
    words: [...json, ...words],
    contexts,
    seeds: [...jsonSeeds, ...(members === undefined ? [] : beside(members))],
    size: decoded(size),
    subject: (text, context) =>
      requestSubject(context, (companion) => createRequest({ ...companion, ...write(encode(text)) })),
  }
}

/** The default limit for the characters of a proof. */
const maxProof = 8192
const kid = issuer.jwks.keys[0]?.kid
const tokenHeader = encode(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid }))
const fakeSignature = 'A'.repeat(86)
const room = maxHeaderSize - 1024

const proofHeader = jsonReader({
  name: 'proof: header',
  members: `"typ":"dpop+jwt","alg":"ES256","jwk":${JSON.stringify(client.jwk)}`,
  words: ['"typ":"dpop+jwt",', '"alg":"ES256",', '"crit":[],', '"jwk":{', '"kty":"EC",'],
  size: maxProof - goodClaims.length - 90,
  contexts: tokens,
  write: (text) => ({ proof: `${text}.${goodClaims}.${goodSignature}` }),
})

const proofClaims = jsonReader({
  name: 'proof: claims',
  members: `"jti":"a","htm":"GET","htu":"${resourceUrl}/orders","iat":1,"ath":"${digestOf(accessToken)}"`,
  words: ['"jti":"a",', '"htm":"GET",', '"htu":"', '"iat":1,', '"nonce":"', '"exp":'],
  size: maxProof - goodHeader.length - 90,
  contexts: tokens,
  // Too short for a signature, so this measures only the work before its verification.
  write: (text) => ({ proof: `${goodHeader}.${text}.AA` }),
})

/** @param {string} alg @param {string} members @returns {Reader} */
const jwkReader = (alg, members) => ({
  ...jsonReader({
    name: `proof: JWK, ${alg}`,
    members,
    words: [
      '"kty":"RSA",',
      '"n":"',
      '"e":"AQAB",',
      '"x":"',
      '"y":"',
      '"crv":"P-256",',
      '"key_ops":["verify",',
      '"key_ops":[',
      '"use":"sig",',
      'AQAB',
      'A',
    ],
    size: maxProof - goodClaims.length - 200,
    contexts: tokens,
    write: (text) => {
      const jwk = Buffer.from(text, 'base64url').toString('latin1')
      return { proof: `${encode(`{"typ":"dpop+jwt","alg":"${alg}","jwk":${jwk}}`)}.${goodClaims}.${goodSignature}` }
    },
  }),
})

const coordinate = '_'.repeat(43)
const jwkEc = jwkReader('ES256', `"kty":"EC","crv":"P-256","x":"${coordinate}","key_ops":["verify"]`)
const jwkRsa = {
  ...jwkReader('PS256', '"kty":"RSA","e":"AQAB"'),
  seeds: [
    ...beside('"kty":"RSA","e":"AQAB"'),
    { head: '{"kty":"RSA","e":"AQAB","n":"', unit: '_', tail: '"}' },
    { head: '{"kty":"RSA","n":"AQAB","e":"', unit: '_', tail: '"}' },
  ],
}

const tokenReaderWords = [
  '"iss":"',
  `"iss":"${issuerUrl}",`,
  '"typ":"at+jwt",',
  '"alg":"none",',
  '"kid":"',
  '"aud":[',
  '"exp":1,',
  '"typ":"application/',
]

const tokenHeaderReader = jsonReader({
  name: 'token: header',
  members: '"typ":"at+jwt","alg":"none"',
  words: tokenReaderWords,
  size: room,
  contexts: contextsOf('alone'),
  write: (text) => ({
    authorization: `DPoP ${text}.${encode(JSON.stringify({ iss: issuerUrl }))}.${fakeSignature}`,
    proof: goodProof,
  }),
})

const tokenClaimsReader = jsonReader({
  name: 'token: claims',
  members: `"iss":"${issuerUrl}"`,
  words: tokenReaderWords,
  size: room,
  contexts: contextsOf('alone'),
  write: (text) => ({
    authorization: `DPoP ${encode('{"typ":"at+jwt","alg":"none"}')}.${text}.AAAA`,
    proof: goodProof,
  }),
})

const bearerToken = jsonReader({
  name: 'token: claims, Bearer',
  members: `"iss":"${issuerUrl}"`,
  words: tokenReaderWords,
  size: room,
  contexts: contextsOf('alone'),
  write: (text) => ({ authorization: `Bearer ${tokenHeader}.${text}.AAAA` }),
})

const token = {
  name: 'token: not JSON',
  words: [...small, '_', '.', 'a.', 'e30', 'e30.', 'AAAA', 'AB', accessToken],
  contexts: contextsOf('alone'),
  seeds: [
    { unit: 'A', tail: '.A.A' },
    { head: 'e30.', unit: 'A', tail: '.A' },
    { head: 'e30.e30.', unit: 'A' },
    { head: 'e30.e30.', unit: '_' },
  ],
  size: room,
  /** @type {Reader['subject']} */
  subject: (text, context) =>
    requestSubject(context, () => createRequest({ authorization: `DPoP ${text}`, proof: 'a.a.a' })),
}

let tenant = 0

/** Identifiers that a function as `issuer` does not know. Each is new, because the guard remembers the answers. @type {Reader} */
const unknownTenant = {
  name: 'token: iss of an unknown tenant',
  words: [...small, ...percent, 'https://', 'https://a/', 'a.', ':443', '[::1]', '/a', 'xn--'],
  contexts: [''],
  seeds: [
    { unit: 'a' },
    { head: 'https://', unit: 'a.', tail: '/' },
    { head: 'https://', unit: 'a.', most: 240, tail: '/' },
    { head: 'https://a/', unit: 'a', most: 480 },
    { head: 'https://a/', unit: '%41', most: 160 },
  ],
  size: decoded(room),
  subject: (text) => ({
    fresh() {
      const claims = encode(`{"iss":"${text}${++tenant}"}`)
      return createRequest({ authorization: `DPoP ${tokenHeader}.${claims}.AAAA`, proof: goodProof })
    },
    run: askTenants,
  }),
}

/** The guard checks a nonce after the signature. This reader runs the nonce check alone. @returns {Promise<Reader>} */
async function createNonceReader() {
  const { StatelessNonces } = await import('../../../../packages/core/dist/proof/nonces.js')
  const nonces = new StatelessNonces([Buffer.alloc(32, 7), Buffer.alloc(32, 8)], 60, resourceUrl)
  return {
    name: 'nonce',
    words: [...small, utf8('\u20ac')],
    contexts: [''],
    seeds: [],
    size: maxProof,
    subject: (text) => ({ fresh: () => copyStrings(text), run: (input) => nonces.check(input, 1_800_000_000) }),
  }
}

const plainHeaders = new Headers({ host: 'api.example.com' })

/** The URL of a web-standard request, on hosts that do not parse it. @returns {Promise<Reader>} */
async function createWebUrlReader() {
  const { received } = await import('../../../../packages/web/dist/received.js')
  const contexts = contextsOf('alone')
  return {
    name: 'URL of a `Request`',
    words: [...small, ...percent, '/.', '/..', '//', '\\', '@', '#', '.a/', 'a.', '[::1]', ':443', 'http://', 'user@'],
    contexts,
    seeds: [
      { unit: 'a' },
      { head: 'http://', unit: 'a.', tail: '/' },
      { head: 'http://', unit: 'a@' },
      { head: 'http://', unit: 'a', tail: '@b/' },
      { head: 'a', unit: '+' },
      { head: 'http://a', unit: '/.a', tail: '/..' },
    ],
    size: roomBeside(contexts),
    subject: (text, context) => ({
      fresh: () => copyStrings(text),
      run: (url) => {
        const request = /** @type {unknown} */ ({ method: 'GET', url, headers: plainHeaders })
        return guards[context.split(':')[0] ?? '']?.(received(/** @type {globalThis.Request} */ (request), {}))
      },
    }),
  }
}

const documentSize = 16 * 1024
const metadata = JSON.stringify({ issuer: issuerUrl, jwks_uri: `${issuerUrl}/jwks` })
const keySet = JSON.stringify(issuer.jwks)
/** Its signature is wrong. Only a key of the issuer shows that. */
const tokenOfIssuer = createRequest({
  authorization: `DPoP ${tokenHeader}.${encode(JSON.stringify({ iss: issuerUrl }))}.AAAA`,
  proof: goodProof,
})

/** @param {{ name: string, members: string, words: readonly string[], seeds?: readonly Partial<Recipe>[], answer: (path: string, text: string) => string, check: () => unknown }} options @returns {Reader} */
function documentReader({ name, members, words, seeds = [], answer, check }) {
  return {
    name,
    words: [...json, ...words],
    contexts: [''],
    seeds: [...jsonSeeds, ...beside(members), ...seeds],
    size: documentSize,
    subject: (text) => ({
      fresh: () => text,
      run: (input) => {
        setAnswers((path) => answer(path, input))
        return check()
      },
    }),
  }
}

const checkLater = () => {
  passTime()
  return fetching.check(tokenOfIssuer)
}

const [issuerKey] = issuer.jwks.keys
const keySetReader = documentReader({
  name: 'key set (of an issuer)',
  members: `"keys":[${JSON.stringify(issuerKey)}]`,
  words: ['"keys":[', '"kty":"EC",', '"kid":"', '{"kty":"EC"},', `${JSON.stringify(issuerKey)},`],
  seeds: ['{},', 'null,', '{"kty":"EC"},', '{"kty":"RSA","kid":"{n}"},', `${JSON.stringify(issuerKey)},`].map(
    (unit) => ({ head: '{"keys":[', unit, tail: '{}]}' }),
  ),
  answer: (path, text) => (path === '/jwks' ? text : metadata),
  check: checkLater,
})

const metadataReader = documentReader({
  name: 'issuer metadata (of an issuer)',
  members: metadata.slice(1, -1),
  words: [`"issuer":"${issuerUrl}",`, '"jwks_uri":"', '"jwks_uri":"https://'],
  answer: (path, text) => (path === '/jwks' ? keySet : text),
  check: checkLater,
})

const opaque = createRequest({ authorization: 'DPoP opaque', proof: goodProof })
const introspectionReader = documentReader({
  name: 'introspection answer (of an issuer)',
  members: `"active":true,"aud":"${resourceUrl}"`,
  words: ['"active":true,', '"active":false,', '"aud":[', '"scope":"', '"cnf":{'],
  seeds: [
    { head: `{"active":true,"aud":"${resourceUrl}","scope":"`, unit: 'a ', tail: '"}' },
    { head: `{"active":true,"aud":"${resourceUrl}","scope":[`, unit: '"a",', tail: '1]}' },
    { head: '{"active":true,"aud":[', unit: '"a",', tail: '1]}' },
  ],
  answer: (_, text) => text,
  check: () => asking.check(opaque),
})

/** @type {readonly Reader[]} */
export const readers = [
  target,
  query,
  ...['Host', ':authority', 'Origin', 'Content-Type'].map(fieldReader),
  ...[fieldList, authorization, proofField, proofHeader, proofClaims, jwkEc, jwkRsa],
  ...[
    token,
    tokenHeaderReader,
    tokenClaimsReader,
    bearerToken,
    unknownTenant,
    await createNonceReader(),
    await createWebUrlReader(),
  ],
  ...[keySetReader, metadataReader, introspectionReader],
]
