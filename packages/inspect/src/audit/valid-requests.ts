import type { RfcStep } from '@dpop-guard/core'
import { createProofClient, type ProofClient, type SignatureAlgorithm } from '@dpop-guard/testing'
import { targetOf } from '@dpop-guard/testing/internal'
import type { Mutation, ValidRequest } from '@dpop-guard/testing/invalid-requests'
import { type AuditRow, NotRun } from './row.js'
import type { Severity } from './severity.js'

const section = (section: string, check?: number): RfcStep => ({
  rfc: 9449,
  section,
  ...(check !== undefined && { check }),
})

const scheme = section('7.1')
const url = section('4.3', 9)
const members = section('4.2')
const age = section('4.3', 11)

function valid(
  name: string,
  description: string,
  step: RfcStep,
  mutate: (valid: ValidRequest) => Mutation | readonly Mutation[] = () => ({}),
  more: { severity?: Severity; answeredEarly?: boolean } = {},
): AuditRow {
  return { name, description, kind: 'valid', step, severity: 'should answer so', ...more, mutate }
}

/** The name of the first request. Without it, the audit can tell nothing. */
export const baseline = 'valid-request'

const withQuery = (target: string, query: string) => `${target}${target.includes('?') ? '&' : '?'}${query}`

/** The last letter of a path in percent-encoding, which means the same (RFC 3986 section 6.2.2.2). */
function encodeLetter(text: string): string {
  const encoded = text.replace(/[a-z](?=[^a-z]*$)/i, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  if (encoded === text) throw new NotRun('a path with a letter')
  return encoded
}

const pathOf = (url: string) => url.replace(/^\w+:\/\/[^/]+/, '')

const changeHtu = (change: (origin: string, path: string) => string) => (valid: ValidRequest) => {
  const path = pathOf(valid.url)
  return { url: change(valid.url.slice(0, valid.url.length - path.length), path) }
}

/** The first request, and the one that shows in between that the server still accepts anything. */
export const validRequest = valid(baseline, 'a request with a good proof and a good token', scheme)

/** Requests that a server has to accept. */
export const validRows: readonly AuditRow[] = [
  validRequest,
  valid('valid-second-request', 'a second request, with a new proof', section('11.1')),
  valid('valid-query', 'a query, which htu leaves out', url, (valid) => ({
    target: withQuery(targetOf(valid), 'dpop-inspect=1'),
  })),
  valid(
    'valid-htu-with-query',
    'htu with a query and a fragment, which are ignored',
    url,
    changeHtu((origin, path) => `${origin}${path}?a=b#c`),
  ),
  valid(
    'valid-htu-upper-case',
    'htu with its scheme and its host in upper case',
    url,
    changeHtu((origin, path) => origin.toUpperCase() + path),
  ),
  valid(
    'valid-htu-percent-encoded',
    'htu with a percent-encoded letter',
    url,
    changeHtu((origin, path) => origin + encodeLetter(path)),
  ),
  valid('valid-target-percent-encoded', 'a target with a percent-encoded letter', url, percentEncodedTarget, {
    answeredEarly: true,
  }),
  valid(
    'valid-htu-default-port',
    'htu with the default port of its scheme',
    url,
    changeHtu((origin, path) => {
      if (/:\d+$/.test(origin)) throw new NotRun('an API at the default port of its scheme')
      return `${origin}:${origin.startsWith('https') ? 443 : 80}${path}`
    }),
  ),
  valid(
    'valid-htu-dot-segment',
    'htu with a dot segment, which normalisation removes',
    url,
    changeHtu((origin, path) => `${origin}/x/..${path}`),
  ),
  valid('valid-scheme-lower-case', 'the scheme in lower case', { rfc: 9110, section: '11.1' }, () => ({
    scheme: 'dpop',
  })),
  valid('valid-scheme-upper-case', 'the scheme in upper case', { rfc: 9110, section: '11.1' }, () => ({
    scheme: 'DPOP',
  })),
  valid('valid-two-spaces', 'two spaces behind the scheme', scheme, () => ({
    authorization: (token) => `DPoP  ${token}`,
  })),
  valid('valid-field-name-lower-case', 'the name of the DPoP field in lower case', section('4.1'), (valid) => ({
    dpop: [],
    headers: ['dpop', valid.client.proof(valid)],
  })),
  valid('valid-extra-members', 'a proof with members that nobody knows', members, () => ({
    proof: { header: { 'urn:example:header': 'x' }, claims: { 'urn:example:claim': [1, { a: null }] } },
  })),
  valid('valid-kid', 'a proof with a kid', members, () => ({ proof: { header: { kid: 'key-1' } } })),
  valid('valid-iat-5-seconds-ago', 'a proof of 5 seconds ago', age, ({ now }) => ({ proof: { now: now - 5 } })),
  valid(
    'valid-iat-5-seconds-ahead',
    'a proof of 5 seconds ahead, from a clock that is fast',
    section('11.1'),
    ({ now }) => ({ proof: { now: now + 5 } }),
    { severity: 'information' },
  ),
  valid(
    'valid-head',
    'HEAD',
    section('4.3', 8),
    ({ method }) => {
      if (method !== 'GET') throw new NotRun('--method GET')
      return { method: 'HEAD' }
    },
    { answeredEarly: true },
  ),
  valid(
    'valid-body',
    'a body, which no proof is about',
    section('11.7'),
    ({ method }) => {
      if (['GET', 'HEAD'].includes(method)) throw new NotRun('a method with a body: --method POST')
      return { headers: ['Content-Type', 'application/json'], body: '{"dpop-inspect":true}' }
    },
    { answeredEarly: true },
  ),
]

/** A request of a client with this algorithm, which the challenge of the server offers. */
export function algorithmRow(alg: string): AuditRow {
  return valid(`valid-alg-${alg}`, `a proof with ${alg}, which algs offers`, section('7.1'), ({ client }) => {
    if (!isSignatureAlgorithm(alg)) throw new NotRun(`a client that can sign with ${alg}`)
    return client.alg === alg ? {} : { client: clientWith(alg) }
  })
}

const postQuantum = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const

const signatureAlgorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA', ...postQuantum] as const

function clientWith(alg: SignatureAlgorithm): ProofClient {
  try {
    return createProofClient(alg)
  } catch (error) {
    if (!postQuantum.some((known) => known === alg)) throw error
    throw new NotRun(
      `a runtime that can sign with ${alg}, such as Node.js 24.7 or later: this one is ${process.version}`,
    )
  }
}

function isSignatureAlgorithm(alg: string): alg is SignatureAlgorithm {
  return signatureAlgorithms.some((known) => known === alg)
}

function percentEncodedTarget(valid: ValidRequest): Mutation {
  const [path = '', ...query] = targetOf(valid).split('?')
  return { target: [encodeLetter(path), ...query].join('?') }
}
