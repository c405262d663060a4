import { signingInput } from '../compact-jws.js'
import { mutations, proofFields } from './invalid-request.js'
import type { Draft } from './mutation.js'
import { withStrayBit } from './stray-bit.js'

const partsOf = (proof: string) => proof.split('.') as [header: string, payload: string, signature: string]

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

/** JSON that begins like this object, and continues with something that JSON.stringify cannot write. */
const continued = (text: string, rest: string) => `${text.slice(0, -1)},${rest}}`

const withBytes = (text: string, ...bytes: number[]) => {
  const [before = '', after = ''] = continued(text, '"x":"?"').split('?')
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
}

/** Invalid JSON, or JSON that is not one object. */
const strings = {
  'not-json': ['that is not JSON', () => 'rubbish'],
  blank: ['that is empty JSON text', () => ' '],
  array: ['that is an array', (text) => `[${text}]`],
  null: ['that is null', () => 'null'],
  string: ['that is a string', (text) => JSON.stringify(text)],
  number: ['that is a number', () => '1'],
  'byte-order-mark': ['with a byte order mark', (text) => `\ufeff${text}`],
  'invalid-utf8': ['with an invalid UTF-8 byte', (text) => withBytes(text, 0xff)],
  'overlong-utf8': ['with an overlong UTF-8 sequence', (text) => withBytes(text, 0xc0, 0xae)],
  surrogate: ['with a surrogate in UTF-8', (text) => withBytes(text, 0xed, 0xa0, 0x80)],
  utf16: ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
  'text-behind': ['with text behind it', (text) => `${text}x`],
  'object-behind': ['with a second object behind it', (text) => `${text}${text}`],
  'trailing-comma': ['with a trailing comma', (text) => continued(text, '')],
  comment: ['with a comment', (text) => `${text.slice(0, -1)}/**/}`],
  nan: ['with NaN', (text) => continued(text, '"x":NaN')],
  nul: ['with a NUL behind it', (text) => `${text}\x00`],
  'raw-line-feed': ['with a raw line feed in a string', (text) => continued(text, '"x":"\n"')],
  'member-twice': ['with a member twice', (text) => continued(text, '"x":1,"x":1')],
  'nested-member-twice': ['with a member twice in a nested object', (text) => continued(text, '"x":[{"y":1,"y":1}]')],
  'escaped-member-twice': ['with a member twice, once escaped', (text) => continued(text, '"x":1,"\\u0078":1')],
  'proto-twice': ['with __proto__ twice', (text) => continued(text, '"__proto__":1,"__proto__":1')],
  'nine-levels': ['nine levels deep', (text) => continued(text, `"x":${JSON.stringify(nested(8))}`)],
  'hundreds-of-levels': ['hundreds of levels deep', (text) => continued(text, `"x":${JSON.stringify(nested(900))}`)],
} satisfies Record<string, readonly [description: string, change: (text: string) => string | Buffer]>

type StringName = keyof typeof strings

/** Header and payload of a proof, each changed in every such way and signed. */
const malformedTexts = <Part extends 'header' | 'payload'>(part: Part) => {
  const rows = Object.entries(strings).map(([name, [description, change]]) => [
    `proof-${part}-${name}`,
    [
      `a ${part} ${description}`,
      ({ header, payload, sign }: Draft) =>
        part === 'header'
          ? sign(change(JSON.stringify(header)), payload)
          : sign(header, change(JSON.stringify(payload))),
    ],
  ])
  return proofFields(
    'proof_malformed',
    Object.fromEntries(rows) as Record<`proof-${Part}-${StringName}`, [string, (draft: Draft) => string]>,
  )
}

/** A good proof whose header or payload has unused bits in its base64url. */
function signWithStrayBits({ header, payload, signInput }: Draft, part: 0 | 1): string {
  const input = [header, payload].map((value) => encodeWithSpareBits(value))
  input[part] = withStrayBit(input[part] ?? '')
  return signInput(input.join('.'))
}

/** With a filler that makes the base64url form end in unused bits. */
function encodeWithSpareBits(value: object): string {
  for (const filler of ['', 'a', 'aa']) {
    const text = JSON.stringify({ ...value, filler })
    if (Buffer.byteLength(text) % 3 !== 0) return Buffer.from(text).toString('base64url')
  }
  throw new Error('some filler fits')
}

/** A good proof of exactly this many characters. */
export function proofOfLength({ header, payload, proof, sign }: Draft, length: number): string {
  const signatureLength = 1 + partsOf(proof)[2].length
  for (const filler of ['', 'a', 'aa']) {
    const start = signingInput({ ...header, filler }, { ...payload, padding: '' }).length + signatureLength
    const estimate = Math.floor(((length - start) * 3) / 4)
    for (const padding of [estimate - 1, estimate, estimate + 1]) {
      const parts = [
        { ...header, filler },
        { ...payload, padding: 'a'.repeat(padding) },
      ] as const
      if (signingInput(...parts).length + signatureLength === length) return sign(...parts)
    }
  }
  throw new Error(`no proof has ${length} characters`)
}

/** RFC 9449 section 4.3, checks 1 and 2. */
export const shape = {
  ...proofFields('proof_missing', { 'proof-missing': ['a token without a proof', () => []] }),
  ...mutations(
    'proof_missing',
    { 'proof-missing-head': ['HEAD without a proof', { method: 'HEAD', dpop: [] }] },
    { onlyByFetch: true },
  ),
  ...proofFields('proof_repeated', {
    'proof-twice': ['the same proof twice', ({ proof }) => [proof, proof]],
    'proof-three-times': ['three proofs', ({ proof }) => [proof, proof, proof]],
    'proof-before-empty-field': ['a good proof before an empty field', ({ proof }) => [proof, '']],
    'proof-behind-empty-field': ['a good proof behind an empty field', ({ proof }) => ['', proof]],
    'proof-before-rubbish': ['a good proof before rubbish', ({ proof }) => [proof, 'rubbish']],
    'proofs-two-different': [
      'two different good proofs',
      ({ proof, header, payload, sign }) => [proof, sign(header, { ...payload, jti: `${payload.jti} 2` })],
    ],
  }),
  ...mutations('proof_repeated', {
    'proof-second-in-lower-case': ['a second proof under a name in lower case', { headers: ['dpop', 'a.b.c'] }],
  }),
  ...proofFields('proof_too_long', {
    'proof-8193-characters': ['a good proof of 8193 characters', (draft) => proofOfLength(draft, 8193)],
    'proof-rubbish-8193-characters': ['rubbish of 8193 characters', () => 'a'.repeat(8193)],
    'proof-commas-8193-characters': ['commas of 8193 characters', () => ','.repeat(8193)],
  }),
  ...proofFields('proof_malformed', {
    'proof-empty': ['an empty proof', () => ''],
    'proof-white-space': ['a proof of white space', () => ' \t '],
    'proof-rubbish': ['rubbish as the proof', () => 'rubbish'],
    'proofs-joined-by-comma': ['two proofs with a comma between', ({ proof }) => `${proof},${proof}`],
    'proofs-joined-by-comma-and-space': [
      'two proofs with comma and space between',
      ({ proof }) => `${proof}, ${proof}`,
    ],
    'proof-comma-behind': ['a comma behind a proof', ({ proof }) => `${proof},`],
    'proofs-joined-by-space': ['two proofs with a space between', ({ proof }) => `${proof} ${proof}`],
    'proof-scheme-before': ['a proof with a scheme before it', ({ proof }) => `DPoP ${proof}`],
    'proof-quoted': ['a quoted proof', ({ proof }) => `"${proof}"`],
    'proof-parameter-behind': ['a parameter behind a proof', ({ proof }) => `${proof};a=b`],
    'proof-tab-inside': ['a tab inside a proof', ({ proof }) => proof.replace('.', '.\t')],
    'proof-dot-encoded': ['a percent-encoded dot', ({ proof }) => proof.replace('.', '%2E')],
    'proof-beyond-ascii': ['a byte beyond ASCII behind a proof', ({ proof }) => `${proof}\xe9`],
    'proof-one-part': ['one part', ({ proof }) => partsOf(proof)[0]],
    'proof-two-parts': ['two parts', ({ proof }) => partsOf(proof).slice(0, 2).join('.')],
    'proof-four-parts': ['four parts', ({ proof }) => `${proof}.AAAA`],
    'proof-fourth-part-empty': ['a fourth, empty part', ({ proof }) => `${proof}.`],
    'proof-first-part-empty': ['a first, empty part', ({ proof }) => `.${proof}`],
    'proof-jwe': ['the five parts of a JWE', ({ proof }) => `${partsOf(proof)[0]}.AAAA.AAAA.AAAA.AAAA`],
    'proof-signature-missing': ['a proof without signature', ({ proof }) => `${partsOf(proof).slice(0, 2).join('.')}.`],
    'proof-payload-missing': ['a proof without payload', ({ proof }) => `${partsOf(proof)[0]}..${partsOf(proof)[2]}`],
    'proof-header-missing': ['a proof without header', ({ proof }) => `.${partsOf(proof).slice(1).join('.')}`],
    'proof-json-serialization': [
      'the JSON serialization of JWS',
      ({ proof }) => {
        const [header, payload, signature] = partsOf(proof)
        return JSON.stringify({ protected: header, payload, signature })
      },
    ],
    'proof-signature-padding': ['padding behind the signature', ({ proof }) => `${proof}==`],
    'proof-header-padding': ['padding behind the header', ({ proof }) => proof.replace('.', '=.')],
    'proof-alphabet-of-base64': ['the alphabet of base64', ({ proof }) => `${proof.slice(0, -4)}+/+A`],
    'proof-signature-stray-bits': [
      'a signature with stray bits at its end',
      ({ proof }) => {
        const [header, payload, signature] = partsOf(proof)
        return `${header}.${payload}.${withStrayBit(signature)}`
      },
    ],
    'proof-signature-impossible-length': ['a signature of an impossible length', ({ proof }) => `${proof}AAA`],
    'proof-header-stray-bits': ['a signed header with stray bits at its end', (draft) => signWithStrayBits(draft, 0)],
    'proof-payload-stray-bits': ['a signed payload with stray bits at its end', (draft) => signWithStrayBits(draft, 1)],
    'proof-alg-twice': [
      'a second alg',
      ({ header, payload, sign }) => sign(`{"alg":"none",${JSON.stringify(header).slice(1)}`, payload),
    ],
    'proof-typ-twice': [
      'a second typ',
      ({ header, payload, sign }) => sign(continued(JSON.stringify(header), '"typ":"dpop+jwt"'), payload),
    ],
    'proof-jwk-twice': [
      'a second jwk',
      ({ header, payload, sign }) =>
        sign(continued(JSON.stringify(header), `"jwk":${JSON.stringify(header.jwk)}`), payload),
    ],
    'proof-jwk-twice-escaped': [
      'a second jwk under an escaped name',
      ({ header, payload, sign }) =>
        sign(continued(JSON.stringify(header), `"j\\u0077k":${JSON.stringify(header.jwk)}`), payload),
    ],
    'proof-jti-twice': [
      'a second jti',
      ({ header, payload, sign }) => sign(header, continued(JSON.stringify(payload), '"jti":"other"')),
    ],
    'proof-iat-twice-escaped': [
      'a second iat under an escaped name',
      ({ header, payload, sign }) => sign(header, `{"\\u0069at":1,${JSON.stringify(payload).slice(1)}`),
    ],
  }),
  ...malformedTexts('header'),
  ...malformedTexts('payload'),
}

/** What no parser of Node lets through. */
export const earlyShape = mutations(
  'proof_malformed',
  {
    'proof-field-nul': ['a NUL in the DPoP field', { dpop: ({ proof }) => `${proof}\x00x` }],
    'proof-field-line-feed': ['a line feed in the DPoP field', { dpop: ({ proof }) => `${proof}\nx` }],
    'proof-field-carriage-return': ['a carriage return in the DPoP field', { dpop: ({ proof }) => `${proof}\rx` }],
  },
  { onlyByFetch: true, answeredBy: 'Node' },
)
