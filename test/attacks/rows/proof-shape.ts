import { proofOfLength } from '../../../packages/testing/src/invalid-requests/proof-shape.js'
import type { Draft } from '../make.js'
import type { Row } from '../row.js'

/** Rows that differ only in the DPoP field. */
const rowsOf = (expect: Row['expect'], proofs: Record<string, (draft: Draft) => string | readonly string[]>) =>
  Object.entries(proofs).map(([name, dpop]): Row => ({ name, request: (make) => make.request({ dpop }), expect }))

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

export const proofShape: readonly Row[] = [
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

  ...rowsOf({ accepted: 'DPoP' }, { 'a good proof of 8192 characters passes': (draft) => proofOfLength(draft, 8192) }),
  {
    name: 'a proof of the configured length passes',
    profile: 'small proofs',
    request: (make) => make.request({ dpop: (draft) => proofOfLength(draft, 1024) }),
    expect: { accepted: 'DPoP' },
  },

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
      'the same name in sibling objects is not a repetition': ({ header, payload, sign }) =>
        sign({ ...header, x: [{ y: 1 }, { y: 1 }] }, { ...payload, x: { jti: 1 } }),
      'braces and quotes in strings are not structure': ({ header, payload, sign }) =>
        sign({ ...header, x: '{"[\\":{{{' }, { ...payload, x: '"}],"jti":"x' }),
      'a member named __proto__ is an ordinary member': ({ header, payload, sign }) =>
        sign(
          `${JSON.stringify(header).slice(0, -1)},"__proto__":{"alg":"none"}}`,
          `${JSON.stringify(payload).slice(0, -1)},"__proto__":{"htm":"POST"}}`,
        ),
    },
  ),
]
