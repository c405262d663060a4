import { mutations } from './invalid-request.js'
import type { Mutation } from './mutation.js'
import { partsOf, pathOf } from './url-parts.js'

const hosts = (description: string, host: Mutation['host'], headers: readonly string[] = []) =>
  [description, { host, headers }] as const

/** RFC 9112 section 3.2. Node lets these through, and what runs behind the guard may read them. */
const malformed = mutations(
  'host_malformed',
  {
    'host-empty': hosts('an empty Host', ''),
    'host-path': hosts('a Host with a path', 'api.example.com/orders'),
    'host-comma': hosts('two names in one Host', 'api.example.com, evil.example'),
    'host-space': hosts('a Host with a space', 'api.example.com evil.example'),
    'host-user': hosts('a Host with a user', 'user@api.example.com'),
    'host-scheme': hosts('a Host with a scheme', 'https://api.example.com'),
    'host-port-letters': hosts('a Host whose port is letters', 'api.example.com:port'),
    'host-port-twice': hosts('a Host with two ports', 'api.example.com:443:443'),
    'host-query': hosts('a Host with a query', 'api.example.com?a=b'),
    'host-fragment': hosts('a Host with a fragment', 'api.example.com#a'),
    'host-backslash': hosts('a Host with a backslash', 'api.example.com\\evil'),
    'host-bracket-open': hosts('a Host with an open bracket', '[2001:db8::1'),
    'host-no-brackets': hosts('a Host of IPv6 without brackets', '2001:db8::1'),
    'host-two-gaps': hosts('a Host with two gaps in its IPv6 address', '[1::2::3]'),
    'host-no-address': hosts('a Host with no address in its brackets', '[not:an:address]'),
    'host-port-alone': hosts('a Host that is a port', ':443'),
    'host-tab': hosts('a Host with a tab', 'api.example.com\tevil'),
    'host-beyond-ascii': hosts('a Host beyond ASCII', 'b\xfccher.example'),
    'host-quoted': hosts('a quoted Host', '"api.example.com"'),
    'hosts-two': hosts('two Hosts', ['api.example.com', 'evil.example']),
    'host-twice': hosts('the same Host twice', ['api.example.com', 'api.example.com']),
    'host-second-in-lower-case': hosts('a second Host in lower case', 'api.example.com', ['host', 'evil.example']),
    'host-second-empty': hosts('a second, empty Host', ['api.example.com', '']),
    'hosts-two-absolute-target': [
      'two Hosts beside a good whole URL for a target',
      (valid) => ({ target: partsOf(valid.url).origin + pathOf(valid), host: ['api.example.com', 'evil.example'] }),
    ],
  },
  { onlyByFetch: true },
)

const atCounterfeit = (fields: Mutation) => (valid: { url: string }) => ({
  url: valid.url.replace(/^https?:\/\/[^/]+/, 'https://evil.example'),
  ...fields,
})

/** A proof that was made for a counterfeit server, which hands it on together with its own name. */
const counterfeits = mutations('proof_htu', {
  'counterfeit-host': ['a proof for the server that Host names', atCounterfeit({ host: 'evil.example' })],
  'counterfeit-x-forwarded-host': [
    'a proof for the server that X-Forwarded-Host names',
    atCounterfeit({ headers: ['X-Forwarded-Host', 'evil.example'] }),
  ],
  'counterfeit-forwarded': [
    'a proof for the server that Forwarded names',
    atCounterfeit({ headers: ['Forwarded', 'host=evil.example;proto=https'] }),
  ],
  'counterfeit-x-original-host': [
    'a proof for the server that X-Original-Host names',
    atCounterfeit({ headers: ['X-Original-Host', 'evil.example'] }),
  ],
  'counterfeit-x-host': [
    'a proof for the server that X-Host names',
    atCounterfeit({ headers: ['X-Host', 'evil.example'] }),
  ],
  'counterfeit-x-forwarded-proto': [
    'a proof for the scheme that X-Forwarded-Proto names',
    ({ url }) => {
      const other = url.startsWith('https:') ? 'http' : 'https'
      return { url: url.replace(/^https?/, other), headers: ['X-Forwarded-Proto', other] }
    },
  ],
  'counterfeit-x-forwarded-port': [
    'a proof for the port that X-Forwarded-Port names',
    ({ url }) => ({
      url: url.replace(/^(https?:\/\/(?:\[[^\]]*\]|[^/:]+))(?::\d+)?/, '$1:9'),
      headers: ['X-Forwarded-Port', '9'],
    }),
  ],
})

const malformedWithoutCredentials = mutations(
  'host_malformed',
  {
    'hosts-two-without-credentials': [
      'two Hosts without credentials',
      { authorization: [], dpop: [], host: ['api.example.com', 'evil.example'] },
    ],
  },
  { onlyByFetch: true, scheme: 'none' },
)

export const host = { ...malformed, ...malformedWithoutCredentials, ...counterfeits }
