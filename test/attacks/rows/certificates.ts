import { createHash } from 'node:crypto'
import { withStrayBit } from '../../../packages/testing/src/invalid-requests/stray-bit.js'
import { createProofClient } from '../../support/proof-client.js'
import type { Mutation } from '../make.js'
import type { ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { certificateField } from '../token-services.js'

const thumbprint = createHash('sha256').update('the certificate of the client').digest('base64url')
const another = createHash('sha256').update('another certificate').digest('base64url')

/** A request over a connection whose client has this certificate. */
const row = (
  name: string,
  cnf: (jkt: string) => object,
  shown: string | undefined,
  expect: Expectation,
  { profile = 'certificates', ...mutation }: Mutation & { profile?: ProfileName } = {},
): Row => ({
  name,
  profile,
  request: (make) =>
    make.request({
      claims: { cnf: cnf(make.client.jkt) },
      headers: shown === undefined ? [] : [certificateField, shown],
      ...mutation,
    }),
  expect,
})

const alone = () => ({ 'x5t#S256': thumbprint })
const both = (jkt: string) => ({ jkt, 'x5t#S256': thumbprint })

const asBearer: Mutation = { scheme: 'Bearer', dpop: [] }
const unavailable: Expectation = { rejected: 'certificate_check_unavailable' }
const unconfirmed: Expectation = { rejected: 'token_binding_unconfirmed' }
const boundAsBearer: Expectation = { rejected: 'token_bound_as_bearer', in: 'Bearer' }
const failures = ['throws', 'rejects', 'says OK']

const malformed: Record<string, unknown> = {
  null: null,
  'a number': 1,
  empty: '',
  'too short': thumbprint.slice(0, -1),
  'too long': `${thumbprint}A`,
  padded: `${thumbprint}=`,
  'with a stray bit': withStrayBit(thumbprint),
  'in hex': Buffer.from(thumbprint, 'base64url').toString('hex'),
  'a list': [thumbprint],
}

export const certificates: readonly Row[] = [
  // RFC 8705 section 3: a token that is bound to a certificate alone comes as Bearer.
  row(
    'a token of a certificate is accepted with that certificate',
    alone,
    thumbprint,
    { accepted: 'Bearer' },
    asBearer,
  ),
  row('a token of a certificate is rejected with another one', alone, another, boundAsBearer, asBearer),
  row('a token of a certificate is rejected without one', alone, undefined, boundAsBearer, asBearer),
  row('a token of a certificate is rejected with a proof in its place', alone, another, boundAsBearer, {
    scheme: 'Bearer',
  }),
  row(
    'a token of a certificate is rejected with a proof beside the certificate',
    alone,
    thumbprint,
    {
      rejected: 'bearer_with_proof',
      in: 'Bearer',
    },
    { scheme: 'Bearer' },
  ),
  row(
    'a token of a certificate as Bearer is rejected where only DPoP is accepted',
    alone,
    thumbprint,
    {
      rejected: 'scheme_unsupported',
    },
    { ...asBearer, profile: 'certificates, dpop-only' },
  ),
  ...failures.map((failure) =>
    row(`as Bearer, a hook that ${failure} is an outage`, alone, failure, unavailable, asBearer),
  ),
  row('a token of a certificate under DPoP is rejected', alone, thumbprint, unconfirmed),
  row('a token of a certificate under DPoP is rejected in DPoP mode too', alone, thumbprint, unconfirmed, {
    profile: 'certificates, dpop-only',
  }),
  row('a token of a certificate under DPoP is rejected without the certificate', alone, another, unconfirmed),

  // Bound to both.
  row('a token of a key and a certificate is accepted with both', both, thumbprint, { accepted: 'DPoP' }),
  row(
    'a token of a key and a certificate is accepted with both in DPoP mode',
    both,
    thumbprint,
    { accepted: 'DPoP' },
    {
      profile: 'certificates, dpop-only',
    },
  ),
  row('a token of a key and a certificate is rejected with another certificate', both, another, unconfirmed),
  row('a token of a key and a certificate is rejected without a certificate', both, undefined, unconfirmed),
  ...failures.map((failure) => row(`under DPoP, a hook that ${failure} is an outage`, both, failure, unavailable)),
  row('a token of a key and a certificate needs the key', () => both('A'.repeat(43)), thumbprint, {
    rejected: 'token_key_mismatch',
  }),
  row(
    'a token of a key and a certificate needs a proof',
    both,
    thumbprint,
    { rejected: 'proof_missing' },
    { dpop: [] },
  ),
  row(
    'a token of a key and a certificate needs a proof of the key',
    both,
    thumbprint,
    { rejected: 'proof_htm' },
    {
      proof: { method: 'POST' },
    },
  ),
  row('a token of a key and a certificate never passes as Bearer', both, thumbprint, boundAsBearer, asBearer),
  row('the hook is not asked about a token of a key alone', (jkt) => ({ jkt }), 'throws', { accepted: 'DPoP' }),
  {
    name: 'the hook is not asked about an unbound token',
    profile: 'certificates',
    request: (make) => make.request({ ...asBearer, claims: { cnf: undefined }, headers: [certificateField, 'throws'] }),
    expect: { accepted: 'Bearer' },
  },
  {
    name: 'an attacker with the certificate needs the key',
    profile: 'certificates',
    request: (make) =>
      make.request({
        accessToken: make.accessToken({ claims: { cnf: both(make.client.jkt) } }),
        client: createProofClient(),
        headers: [certificateField, thumbprint],
      }),
    expect: { rejected: 'token_key_mismatch' },
  },

  // A hook that would say yes is not asked about an invalid thumbprint.
  ...Object.entries(malformed).flatMap(([name, value]) => [
    row(
      `a thumbprint that is ${name} is rejected as Bearer`,
      () => ({ 'x5t#S256': value }),
      String(value),
      boundAsBearer,
      asBearer,
    ),
    row(
      `a thumbprint that is ${name} is rejected beside a good jkt`,
      (jkt) => ({ jkt, 'x5t#S256': value }),
      String(value),
      unconfirmed,
    ),
  ]),
  row(
    'a good thumbprint beside a malformed jkt is rejected as Bearer',
    () => ({ ...alone(), jkt: null }),
    thumbprint,
    boundAsBearer,
    asBearer,
  ),
  row(
    'a good thumbprint beside a malformed jkt is rejected under DPoP',
    () => ({ ...alone(), jkt: 1 }),
    thumbprint,
    unconfirmed,
  ),
  row(
    'a thumbprint under another name is rejected',
    () => ({ 'x5t#s256': thumbprint }),
    thumbprint,
    boundAsBearer,
    asBearer,
  ),
  ...Object.entries({ 'an empty object': {}, null: null, 'a string': 'text', 'a list': [] }).map(([name, cnf]) =>
    row(
      `a cnf that is ${name} is not a binding that a hook could confirm`,
      () => cnf as object,
      '',
      boundAsBearer,
      asBearer,
    ),
  ),
  row('a SHA-1 thumbprint is rejected', () => ({ x5t: thumbprint }), thumbprint, boundAsBearer, asBearer),
]
