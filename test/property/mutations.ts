/** Changes to a valid request: named ones for each part, and random ones. */
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { resource } from '../support/guard-scene.js'
import { createProofClient, type SignatureAlgorithm } from '../support/proof-client.js'
import { type JwsDraft, type RequestDraft, toMembers } from './request-draft.js'

export type Mutation = (draft: RequestDraft) => void

/** A mutation with a name, which counter-examples show. */
function named(name: string, mutation: Mutation): Mutation {
  return Object.assign(mutation, { [fc.toStringMethod]: () => name })
}

const otherClients = (['ES256', 'PS256', 'Ed25519', 'ES384', 'RS256'] as const).map((alg) => createProofClient(alg))

const part = fc.constantFrom('token' as const, 'proof' as const)
const half = fc.constantFrom('header' as const, 'claims' as const)

const memberNames = [
  ...['typ', 'alg', 'jwk', 'kid', 'crit', 'b64', 'x5c', 'jku', 'zip', 'enc', 'cty'],
  ...['jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'exp', 'nbf', 'iss', 'aud', 'sub', 'cnf', 'client_id', 'scope'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', '', 'x-1'],
]

/** Values that matter to some check, as JSON. */
const tellingValues = (base: number) =>
  [
    ...[null, true, false, 0, -1, 0.5, 1e308, '', '0', [], {}, [[]], 'GET', 'get', 'POST', 'dpop', 'DPoP'],
    ...[-61, -60, -31, -5, -1, 0, 1, 5, 6, 30, 31, 60, 61, 0.5].flatMap((seconds) => [base + seconds]),
    ...[String(base), base * 1000],
    ...['dpop+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'at+jwt', 'application/at+jwt', 'AT+JWT', 'JWT', 'jwt'],
    ...['ES256', 'ES384', 'PS256', 'RS256', 'Ed25519', 'EdDSA', 'none', 'HS256', 'k1', 'k2'],
    ...['https://as.example.com', 'https://as.example.com/', resource, `${resource}/`, [resource], ['other', resource]],
    ...[`${resource}/orders`, `${resource}/orders/`, `${resource}//orders`, `${resource}/%6frders?q#f`],
    ...['HTTPS://API.example.com:443/a/../orders', 'http://api.example.com/orders', `${resource}/Orders`],
    ...['https://u@api.example.com/orders', 'https://api.example.com./orders', `${resource}/orders%`, '/orders'],
    ...[`${resource}/\u00f6rders`, `${resource}\\orders`, ` ${resource}/orders`, `${resource}/orders;p`],
    ...[{ jkt: otherClients[0]?.jkt }, { jkt: null }, { jkt: '' }, { jkt: 1 }, { 'x5t#S256': otherClients[0]?.jkt }],
    ...otherClients.flatMap(({ jwk, privateKey }) => [
      jwk,
      privateKey.export({ format: 'jwk' }),
      { ...jwk, use: 'enc' },
    ]),
    ...[['exp'], ['b64'], 'a'.repeat(256), 'a'.repeat(257), 'a'.repeat(9000), '\u0000', '\ud800'],
  ].map((value) => JSON.stringify(value))

const jsonSnippets = [
  ...['{', '}', '[', ']', ':', ',', '"', '\\', ' ', '\t', '\n', '\u00a0', '\ufeff', '0', '-', 'e', '/*', '//', "'"],
  ...['null', '"__proto__":{},', '"alg":"none",', '"jwk":{},', '\\u0061', '\u0000', '\ud800', '[[[[[[[[[[]]]]]]]]]]'],
]

/** Replaces some characters with others. */
const edit = (inserted: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.nat(), fc.constantFrom(0, 0, 1, 1, 2, 40), inserted)
    .map(([position, removed, text]) => (original: string) => {
      const at = position % (original.length + 1)
      return original.slice(0, at) + text + original.slice(at + removed)
    })

const setMember = (base: number) =>
  fc
    .tuple(part, half, fc.constantFrom(...memberNames), fc.oneof(fc.constantFrom(...tellingValues(base)), fc.json()))
    .map(([which, where, name, value]) =>
      named(`${which} ${where} ${name}=${value.slice(0, 80)}`, (draft) => {
        const members = draft[which][where]
        const member = members.find((one) => one.name === JSON.stringify(name))
        if (member === undefined) members.push({ name: JSON.stringify(name), value })
        else member.value = value
      }),
    )

const changeMembers = fc
  .tuple(part, half, fc.constantFrom('remove', 'repeat', 'escape', 'rename', 'reverse', 'space', 'add'), fc.nat())
  .map(([which, where, how, position]) =>
    named(`${how} in ${which} ${where} at ${position}`, (draft) => {
      const members = draft[which][where]
      const at = position % members.length
      const member = members[at]
      if (member === undefined) return
      const { name, value } = member
      const [first = ''] = name.slice(1)
      const escaped = `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(2)}`
      if (how === 'remove') members.splice(at, 1)
      else if (how === 'repeat') members.splice(position % 3, 0, { name: position % 2 === 0 ? name : escaped, value })
      else if (how === 'escape') members[at] = { name: escaped, value }
      else if (how === 'rename')
        members[at] = { name: JSON.stringify(memberNames[position % memberNames.length]), value }
      else if (how === 'reverse') members.reverse()
      else if (how === 'space') members[at] = { name: ` ${name}\t`, value: `\n${value}\r` }
      else members.push({ name: `"x-${position}"`, value: '['.repeat(position % 12) + ']'.repeat(position % 12) })
    }),
  )

const rewriteJson = fc
  .tuple(part, half, edit(fc.oneof(fc.constantFrom(...jsonSnippets), fc.string({ maxLength: 4 }))))
  .map(([which, where, change]) =>
    named(`the JSON of ${which} ${where}`, (draft) => {
      draft[which].rewrite[where] = change
    }),
  )

const wrapJson = fc.tuple(part, half, fc.integer({ min: 1, max: 12 })).map(([which, where, levels]) =>
  named(`${levels} levels in ${which} ${where}`, (draft) => {
    draft[which][where].push({ name: '"x-deep"', value: '{"a":'.repeat(levels) + 1 + '}'.repeat(levels) })
  }),
)

const changeKey = fc
  .tuple(part, fc.constantFrom(...otherClients), fc.constantFrom('sign', 'claim', 'both', 'everywhere'))
  .map(([which, other, how]) =>
    named(`${which} of a ${other.alg} key: ${how}`, (draft) => {
      const sign = (jws: JwsDraft, alg: SignatureAlgorithm, privateKey: KeyObject) =>
        Object.assign(jws, { alg, privateKey })
      const set = (members: { name: string; value: string }[], object: object) => {
        for (const { name, value } of toMembers(object)) {
          const member = members.find((one) => one.name === name)
          if (member !== undefined) member.value = value
        }
      }
      if (how !== 'claim') sign(draft[which], other.alg, other.privateKey)
      if (how !== 'sign') set(draft[which].header, { alg: other.alg, jwk: other.jwk })
      if (how === 'everywhere') set(draft.token.claims, { cnf: { jkt: other.jkt } })
    }),
  )

const changeJwk = fc
  .constantFrom<object>(
    ...[
      { d: 'AAAA' },
      { k: 'AAAA' },
      { p: '' },
      { oth: [] },
      { priv: 'AAAA' },
      { x: '' },
      { crv: 'P-384' },
      { kty: 'RSA' },
      { kid: 'k' },
    ],
    ...[{ use: 'sig' }, { key_ops: ['verify'] }, { alg: 'ES256' }, { x5c: ['AAAA'] }, { y: undefined }],
  )
  .map((change) =>
    named(`jwk with ${JSON.stringify(change)}`, (draft) => {
      const member = draft.proof.header.find(({ name }) => name === '"jwk"')
      if (member !== undefined) member.value = JSON.stringify({ ...JSON.parse(member.value), ...change })
    }),
  )

/** RFC 7515 section 4.1.11. */
const addExtension = fc
  .tuple(
    part,
    fc.constantFrom<object>({ crit: ['exp'], exp: 1 }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: 'exp' }),
  )
  .map(([which, members]) =>
    named(`${which} header with ${JSON.stringify(members)}`, (draft) => {
      draft[which].header.push(...toMembers(members))
    }),
  )

const spellings = [...'AQgw-_+/=. \t\n,', '\u00e9', '\u0000', '==', '..', 'eyJhbGciOiJub25lIn0']

const respell = fc
  .tuple(
    part,
    fc.oneof(
      edit(fc.oneof(fc.constantFrom('', ...spellings), fc.string({ unit: 'binary', maxLength: 3 }))),
      fc.tuple(fc.nat(2), fc.nat(), fc.nat(7)).map(([segment, position, bit]) => (compact: string) => {
        const segments = compact.split('.')
        const bytes = Buffer.from(segments[segment] ?? '', 'base64url')
        if (bytes.length === 0) return compact
        const at = position % bytes.length
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
        return segments.with(segment, bytes.toString('base64url')).join('.')
      }),
      // The bits behind the last whole byte (RFC 4648 section 3.5).
      fc.tuple(fc.nat(2), fc.nat(15)).map(([segment, bits]) => (compact: string) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        const segments = compact.split('.')
        const text = segments[segment] ?? ''
        const last = alphabet.indexOf(text.at(-1) ?? '')
        return segments.with(segment, text.slice(0, -1) + (alphabet[last ^ bits] ?? '')).join('.')
      }),
      fc.constantFrom<(compact: string) => string>(
        (compact) => compact.split('.').with(2, '').join('.'),
        (compact) => compact.split('.').slice(0, 2).join('.'),
        (compact) => `${compact}.`,
        (compact) => `${compact}.AAAA.AAAA`,
        (compact) => compact.split('.').reverse().join('.'),
        (compact) => compact.split('.').join('=.'),
        (compact) => `${compact}==`,
        (compact) => `${compact},${compact}`,
        (compact) => `"${compact}"`,
        () => '',
      ),
    ),
  )
  .map(([which, change]) =>
    named(`the text of the ${which}`, (draft) => {
      draft[which].respell = change
    }),
  )

type Fields = [name: string, value: string][]

const changeFields = fc
  .oneof(
    fc.mixedCase(fc.constant('authorization dpop host')).map((names) => (fields: Fields): Fields => {
      const known = new Map(names.split(' ').map((name) => [name.toLowerCase(), name]))
      return fields.map(([name, value]) => [known.get(name.toLowerCase()) ?? name, value])
    }),
    fc.constantFrom<(fields: Fields) => Fields>(
      (fields) => fields.toReversed(),
      (fields) => fields.map(([name, value]) => [name, ` \t${value}\t `]),
      (fields) => fields.map(([name, value]) => [name, value.replace(' ', '   ')]),
      (fields) => fields.map(([name, value]) => [name, value.replace(' ', '\t')]),
      (fields) => fields.map(([name, value]) => [`${name} `, value]),
      (fields) => [...fields, ...fields],
    ),
    fc.tuple(fc.nat(), fc.nat(3)).map(([from, to]) => (fields: Fields): Fields => {
      const field = fields[from % fields.length]
      return field === undefined ? fields : fields.toSpliced(to, 0, field)
    }),
    fc.nat().map(
      (position) =>
        (fields: Fields): Fields =>
          fields.toSpliced(position % fields.length, 1),
    ),
    fc
      .tuple(
        fc.constantFrom(
          'Authorization',
          'DPoP',
          'Host',
          'Origin',
          'Content-Type',
          ':authority',
          'Cookie',
          'X-Forwarded-Host',
        ),
        fc.oneof(
          fc.constantFrom(
            '',
            'api.example.com',
            'evil.example.com',
            'a, b',
            'null',
            'Basic YQ==',
            'DPoP a',
            'Bearer a',
          ),
          fc.string({ unit: 'binary', maxLength: 20 }),
        ),
        fc.nat(3),
      )
      .map(
        ([name, value, at]) =>
          (fields: Fields): Fields =>
            fields.toSpliced(at, 0, [name, value]),
      ),
    fc
      .tuple(
        fc.nat(),
        edit(fc.oneof(fc.constantFrom(...' ,\t="\r\n', '\u0000', '\u00e9'), fc.string({ unit: 'binary' }))),
      )
      .map(([position, change]) => (fields: Fields): Fields => {
        const at = position % fields.length
        return fields.map(([name, value], index) => [name, index === at ? change(value) : value])
      }),
  )
  .map((change) =>
    named('the fields', (draft) => {
      const before = draft.fields
      draft.fields = (fields) => {
        const changed = before(fields)
        return changed.length > 0 ? change(changed) : changed
      }
    }),
  )

const changeScheme = fc
  .constantFrom('dpop', 'DPOP', 'Bearer', 'bearer', 'Basic', 'DPoP2', '', 'DPoP ', 'Token')
  .map((scheme) =>
    named(`scheme ${scheme}`, (draft) => {
      draft.scheme = scheme
    }),
  )

/** A token that is not bound, as Bearer: valid in one of the two modes. */
const unbind = fc.constantFrom('Bearer', 'DPoP').map((scheme) =>
  named(`not bound, as ${scheme}`, (draft) => {
    draft.scheme = scheme
    draft.token.claims = draft.token.claims.filter(({ name }) => name !== '"cnf"')
  }),
)

const changeTarget = fc
  .oneof(
    fc.constantFrom(
      ...['/orders?a=b', '/orders?access_token=x', '/orders?access%5Ftoken=x', '/orders#f', '/%6Frders', '/orders/'],
      ...['//orders', '/./orders', '/a/../orders', '/a/%2e%2e/orders', '/orders\\', '\\orders', '/Orders', '*', ''],
      ...['https://api.example.com/orders', 'HTTPS://API.EXAMPLE.COM:443/orders', 'http://api.example.com/orders'],
      ...['https://evil.example.com/orders', 'https://api.example.com@evil/orders', 'api.example.com:443', '/orders%'],
      ...['/orders?access_token', '/orders#?access_token=x', '/orders?x=access_token', '/orders%3Fa', '/orders;p=1'],
    ),
    edit(fc.oneof(fc.constantFrom(...'/.%?#\\ ;:@'), fc.string({ unit: 'binary', maxLength: 3 }))).map((change) =>
      change('/orders'),
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  .map((target) =>
    named(`target ${target}`, (draft) => {
      draft.target = target
    }),
  )

const changeMethod = fc
  .oneof(fc.constantFrom('get', 'POST', 'HEAD', 'GET ', '', 'G\u0415T'), fc.string({ unit: 'binary', maxLength: 4 }))
  .map((method) =>
    named(`method ${method}`, (draft) => {
      draft.method = method
    }),
  )

const changeClock = fc
  .oneof(
    fc.constantFrom(-31, -30, 60, 61, -31, -30, 60, 61, -301, -1, 1, 120, 121, 299, 304, 305),
    fc.integer({ min: -400, max: 400 }),
  )
  .map((seconds) =>
    named(`${seconds} s later`, (draft) => {
      draft.attempts = draft.attempts.map((at) => at + seconds)
    }),
  )

const sendAgain = fc.constantFrom(0, 0, 1, 59, 60, 61, 90, 91, 92, 200, -1, -60).map((seconds) =>
  named(`again ${seconds} s later`, (draft) => {
    draft.attempts.push((draft.attempts.at(-1) ?? 0) + seconds)
  }),
)

/** All of them, for requests of about this time. */
export const mutations = (base: number): fc.Arbitrary<Mutation> =>
  fc.oneof(
    { weight: 6, arbitrary: setMember(base) },
    { weight: 4, arbitrary: changeMembers },
    { weight: 2, arbitrary: rewriteJson },
    { weight: 1, arbitrary: wrapJson },
    { weight: 2, arbitrary: changeKey },
    { weight: 2, arbitrary: changeJwk },
    { weight: 1, arbitrary: addExtension },
    { weight: 4, arbitrary: respell },
    { weight: 4, arbitrary: changeFields },
    { weight: 1, arbitrary: changeScheme },
    { weight: 1, arbitrary: unbind },
    { weight: 2, arbitrary: changeTarget },
    { weight: 1, arbitrary: changeMethod },
    { weight: 3, arbitrary: changeClock },
    { weight: 2, arbitrary: sendAgain },
  )
