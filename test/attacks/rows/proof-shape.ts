import { sign } from 'node:crypto'
import { signingInput } from '../../support/proof-client.js'
import type { Draft, Make } from '../make.js'
import type { Row } from '../row.js'
import { withStrayBit } from '../stray-bit.js'

/** Rows that differ in nothing but the DPoP field. */
const rowsOf = (expect: Row['expect'], proofs: Record<string, (draft: Draft) => string | readonly string[]>) =>
  Object.entries(proofs).map(([name, dpop]): Row => ({ name, request: (make) => make.request({ dpop }), expect }))

const base64url = (text: string | Buffer) => Buffer.from(text).toString('base64url')

const partsOf = (proof: string) => proof.split('.') as [header: string, payload: string, signature: string]

/** JSON text with a filler that makes its base64url form end in unused bits. */
function textWithSpareBits(value: object): string {
  for (const filler of ['', 'a', 'aa']) {
    const text = JSON.stringify({ ...value, filler })
    if (Buffer.byteLength(text) % 3 !== 0) return text
  }
  throw new Error('some filler fits')
}

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

/** A good proof of exactly this many characters. */
function proofOfLength({ header, payload, sign }: Draft, length: number): string {
  const signatureLength = 1 + 86
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

export const proofShape: readonly Row[] = [
  ...rowsOf({ refused: 'proof_missing' }, { 'a token without a proof is refused': () => [] }),
  ...rowsOf(
    { refused: 'proof_repeated' },
    {
      'the same proof twice is refused': ({ proof }) => [proof, proof],
      'three proofs are refused': ({ proof }) => [proof, proof, proof],
      'a good proof before an empty field is refused': ({ proof }) => [proof, ''],
      'a good proof behind an empty field is refused': ({ proof }) => ['', proof],
      'a good proof before rubbish is refused': ({ proof }) => [proof, 'rubbish'],
      'two different good proofs are refused': ({ proof, header, payload, sign }) => [
        proof,
        sign(header, { ...payload, jti: 'another' }),
      ],
    },
  ),
  {
    name: 'a second proof under a name in lower case is refused',
    request: (make) => make.request({ headers: ['dpop', 'a.b.c'] }),
    expect: { refused: 'proof_repeated' },
  },
  ...['DPOP', 'dpop', 'dPoP'].map(
    (name): Row => ({
      name: `the field name ${name} is DPoP`,
      request(make) {
        const { method, target, headers } = make.request()
        return { method, target, headers: headers.map((text) => (text === 'DPoP' ? name : text)) }
      },
      expect: { accepted: 'DPoP' },
    }),
  ),

  ...rowsOf(
    { refused: 'proof_too_long' },
    {
      'a good proof of 8193 characters is too long': (draft) => proofOfLength(draft, 8193),
      'rubbish of 8193 characters is too long': () => 'a'.repeat(8193),
      'commas do not hide the length': () => ','.repeat(8193),
    },
  ),
  ...rowsOf({ accepted: 'DPoP' }, { 'a good proof of 8192 characters passes': (draft) => proofOfLength(draft, 8192) }),
  {
    name: 'a configured length is the limit',
    profile: 'small proofs',
    request: (make) => make.request({ dpop: (draft) => proofOfLength(draft, 1025) }),
    expect: { refused: 'proof_too_long' },
  },
  {
    name: 'a proof of the configured length passes',
    profile: 'small proofs',
    request: (make) => make.request({ dpop: (draft) => proofOfLength(draft, 1024) }),
    expect: { accepted: 'DPoP' },
  },

  ...rowsOf(
    { refused: 'proof_malformed' },
    {
      'an empty proof is malformed': () => '',
      'a proof of white space is malformed': () => ' \t ',
      'rubbish is malformed': () => 'rubbish',
      'two proofs with a comma between are malformed': ({ proof }) => `${proof},${proof}`,
      'two proofs with comma and space between are malformed': ({ proof }) => `${proof}, ${proof}`,
      'a comma behind a proof is malformed': ({ proof }) => `${proof},`,
      'two proofs with a space between are malformed': ({ proof }) => `${proof} ${proof}`,
      'a proof with a scheme before it is malformed': ({ proof }) => `DPoP ${proof}`,
      'a quoted proof is malformed': ({ proof }) => `"${proof}"`,
      'a parameter behind a proof is malformed': ({ proof }) => `${proof};a=b`,
      'a tab inside a proof is malformed': ({ proof }) => proof.replace('.', '.\t'),
      'a percent-encoded dot is malformed': ({ proof }) => proof.replace('.', '%2E'),
      'a byte beyond ASCII is malformed': ({ proof }) => `${proof}\xe9`,
      'one part is malformed': ({ proof }) => partsOf(proof)[0],
      'two parts are malformed': ({ proof }) => partsOf(proof).slice(0, 2).join('.'),
      'four parts are malformed': ({ proof }) => `${proof}.AAAA`,
      'a fourth, empty part is malformed': ({ proof }) => `${proof}.`,
      'a first, empty part is malformed': ({ proof }) => `.${proof}`,
      'the five parts of a JWE are malformed': ({ proof }) => `${partsOf(proof)[0]}.AAAA.AAAA.AAAA.AAAA`,
      'a proof without signature is malformed': ({ proof }) => `${partsOf(proof).slice(0, 2).join('.')}.`,
      'a proof without payload is malformed': ({ proof }) => `${partsOf(proof)[0]}..${partsOf(proof)[2]}`,
      'a proof without header is malformed': ({ proof }) => `.${partsOf(proof).slice(1).join('.')}`,
      'the JSON serialization of JWS is malformed': ({ proof }) => {
        const [header, payload, signature] = partsOf(proof)
        return JSON.stringify({ protected: header, payload, signature })
      },
      'padding behind the signature is malformed': ({ proof }) => `${proof}==`,
      'padding behind the header is malformed': ({ proof }) => proof.replace('.', '=.'),
      'the alphabet of base64 is malformed': ({ proof }) => `${proof.slice(0, -4)}+/+A`,
      'a signature with stray bits at its end is malformed': ({ proof }) => {
        const [header, payload, signature] = partsOf(proof)
        return `${header}.${payload}.${withStrayBit(signature)}`
      },
      'a signature of an impossible length is malformed': ({ proof }) => `${proof}AAA`,
    },
  ),
  {
    name: 'a signed header with stray bits at its end is malformed',
    request: (make) =>
      make.request({ dpop: ({ header, payload }) => signWithStrayBits(make.client, header, payload, 0) }),
    expect: { refused: 'proof_malformed' },
  },
  {
    name: 'a signed payload with stray bits at its end is malformed',
    request: (make) =>
      make.request({ dpop: ({ header, payload }) => signWithStrayBits(make.client, header, payload, 1) }),
    expect: { refused: 'proof_malformed' },
  },

  ...Object.entries({
    'that is not JSON': () => 'rubbish',
    'that is empty JSON text': () => ' ',
    'that is an array': (text: string) => `[${text}]`,
    'that is null': () => 'null',
    'that is a string': (text: string) => JSON.stringify(text),
    'that is a number': () => '1',
    'with a byte order mark': (text: string) => `\ufeff${text}`,
    'with an invalid UTF-8 byte': (text: string) =>
      Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from([0xff]), Buffer.from('"}')]),
    'with an overlong UTF-8 sequence': (text: string) =>
      Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from([0xc0, 0xae]), Buffer.from('"}')]),
    'with a surrogate in UTF-8': (text: string) =>
      Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    'in UTF-16': (text: string) => Buffer.from(text, 'utf16le'),
    'with text behind it': (text: string) => `${text}x`,
    'with a second object behind it': (text: string) => `${text}${text}`,
    'with a trailing comma': (text: string) => `${text.slice(0, -1)},}`,
    'with a comment': (text: string) => `${text.slice(0, -1)}/**/}`,
    'with NaN': (text: string) => `${text.slice(0, -1)},"x":NaN}`,
    'with a NUL behind it': (text: string) => `${text}\x00`,
    'with a raw line feed in a string': (text: string) => `${text.slice(0, -1)},"x":"\n"}`,
    'with a member twice': (text: string) => `${text.slice(0, -1)},"x":1,"x":1}`,
    'with a member twice in a nested object': (text: string) => `${text.slice(0, -1)},"x":[{"y":1,"y":1}]}`,
    'with a member twice, once escaped': (text: string) => `${text.slice(0, -1)},"x":1,"\\u0078":1}`,
    'with __proto__ twice': (text: string) => `${text.slice(0, -1)},"__proto__":1,"__proto__":1}`,
    'nine levels deep': (text: string) => `${text.slice(0, -1)},"x":${JSON.stringify(nested(8))}}`,
    'hundreds of levels deep': (text: string) => `${text.slice(0, -1)},"x":${JSON.stringify(nested(900))}}`,
  }).flatMap(([name, change]): Row[] => [
    {
      name: `a header ${name} is malformed`,
      request: (make) =>
        make.request({ dpop: ({ header, payload, sign }) => sign(change(JSON.stringify(header)), payload) }),
      expect: { refused: 'proof_malformed' },
    },
    {
      name: `a payload ${name} is malformed`,
      request: (make) =>
        make.request({ dpop: ({ header, payload, sign }) => sign(header, change(JSON.stringify(payload))) }),
      expect: { refused: 'proof_malformed' },
    },
  ]),
  ...rowsOf(
    { refused: 'proof_malformed' },
    {
      'a second alg is malformed': ({ header, payload, sign }) =>
        sign(`{"alg":"none",${JSON.stringify(header).slice(1)}`, payload),
      'a second typ is malformed': ({ header, payload, sign }) =>
        sign(`${JSON.stringify(header).slice(0, -1)},"typ":"dpop+jwt"}`, payload),
      'a second jwk is malformed': ({ header, payload, sign }) =>
        sign(`${JSON.stringify(header).slice(0, -1)},"jwk":${JSON.stringify(header.jwk)}}`, payload),
      'a second jwk under an escaped name is malformed': ({ header, payload, sign }) =>
        sign(`${JSON.stringify(header).slice(0, -1)},"\\u006awk":${JSON.stringify(header.jwk)}}`, payload),
      'a second x in jwk is malformed': ({ header, payload, sign }) =>
        sign(JSON.stringify(header).replace('"x":', `"x":${JSON.stringify(header.jwk.x)},"x":`), payload),
      'a second y in jwk under an escaped name is malformed': ({ header, payload, sign }) =>
        sign(JSON.stringify(header).replace('"y":', `"\\u0079":${JSON.stringify(header.jwk.y)},"y":`), payload),
      'a second htu is malformed': ({ header, payload, sign }) =>
        sign(header, `{"htu":"https://evil.example/",${JSON.stringify(payload).slice(1)}`),
      'a second jti is malformed': ({ header, payload, sign }) =>
        sign(header, `${JSON.stringify(payload).slice(0, -1)},"jti":"other"}`),
      'a second iat under an escaped name is malformed': ({ header, payload, sign }) =>
        sign(header, `{"\\u0069at":1,${JSON.stringify(payload).slice(1)}`),
    },
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'white space in the JSON of a proof is harmless': ({ header, payload, sign }) =>
        sign(` \n${JSON.stringify(header, null, 2)}\r\n`, `\t${JSON.stringify(payload, null, '\t')} `),
      'escaped member names are harmless': ({ header, payload, sign }) =>
        sign(
          JSON.stringify(header).replace('"jwk"', '"\\u006a\\u0077\\u006b"'),
          JSON.stringify(payload).replace('"htm"', '"\\u0068tm"'),
        ),
      'another order of members is harmless': ({ header, payload, sign }) =>
        sign(
          Object.fromEntries(Object.entries(header).reverse()),
          Object.fromEntries(Object.entries(payload).reverse()),
        ),
      'eight levels are not too deep': ({ header, payload, sign }) =>
        sign({ ...header, x: nested(7) }, { ...payload, x: nested(7) }),
      'the same name in sibling objects is no repetition': ({ header, payload, sign }) =>
        sign({ ...header, x: [{ y: 1 }, { y: 1 }] }, { ...payload, x: { jti: 1 } }),
      'braces and quotes in strings are no structure': ({ header, payload, sign }) =>
        sign({ ...header, x: '{"[\\":{{{' }, { ...payload, x: '"}],"jti":"x' }),
      'a member named __proto__ is a member like any other': ({ header, payload, sign }) =>
        sign(
          `${JSON.stringify(header).slice(0, -1)},"__proto__":{"alg":"none"}}`,
          `${JSON.stringify(payload).slice(0, -1)},"__proto__":{"htm":"POST"}}`,
        ),
    },
  ),
  ...rowsOf(
    { refused: 'proof_key' },
    {
      'a jwk that only __proto__ has is none': ({ header: { jwk, ...header }, payload, sign }) =>
        sign(`${JSON.stringify(header).slice(0, -1)},"__proto__":{"jwk":${JSON.stringify(jwk)}}}`, payload),
    },
  ),
  ...rowsOf(
    { refused: 'proof_typ' },
    {
      'the access token is no proof': ({ accessToken }) => accessToken,
      'an empty header is no proof': ({ payload, sign }) => sign('{}', payload),
    },
  ),
  ...rowsOf({ refused: 'proof_claims' }, { 'an empty payload is no proof': ({ header, sign }) => sign(header, '{}') }),
  ...Object.entries({ NUL: '\x00', 'a line feed': '\n', 'a carriage return': '\r' }).map(
    ([name, character]): Row => ({
      name: `${name} in the DPoP field never passes`,
      request: (make) => make.request({ dpop: ({ proof }) => `${proof}${character}x` }),
      expect: { refused: 'proof_malformed' },
      nodeRefuses: true,
    }),
  ),
]

function signWithStrayBits(client: Make['client'], header: object, payload: object, part: 0 | 1): string {
  const input = [base64url(textWithSpareBits(header)), base64url(textWithSpareBits(payload))]
  input[part] = withStrayBit(input[part] ?? '')
  const signed = Buffer.from(input.join('.'))
  const signature = sign('sha256', signed, { key: client.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${base64url(signature)}`
}
