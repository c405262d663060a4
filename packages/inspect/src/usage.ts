/** The help of each command. */

interface Usage {
  /** What to type, without `dpop-inspect`. */
  readonly form: string
  /** One line. */
  readonly purpose: string
  readonly details: string
  /** An option on each line, and what it means. */
  readonly options: readonly (readonly [option: string, meaning: string])[]
  readonly example: string
}

const credentials = [
  ['--token-endpoint URL', 'get the token by client credentials'],
  ['--issuer URL', 'the same, from the token endpoint that this issuer names'],
  ['--client-id ID', 'the client'],
  ['--client-secret-file FILE', 'its secret (or DPOP_CLIENT_SECRET)'],
  ['--client-auth basic|post|none', 'how it authenticates (default: basic, or none without a secret)'],
  ['--scope SCOPE', 'what it asks for'],
  ['--token-resource URL', 'the resource that it asks for (RFC 8707)'],
] as const

const request = [
  ['-X, --method METHOD', 'the method (default: GET)'],
  ['-H, --header "Name: value"', 'one more field; repeat it for more'],
  ['-d, --data TEXT|@FILE', 'a body'],
  ['--htu URL', 'the public URL, if it is not the URL to send to'],
] as const

const insecure = '--insecure-http'

export const usages = {
  proof: {
    form: 'proof [PROOF]',
    purpose: 'says why a DPoP proof is rejected',
    details: `Makes each check of RFC 9449 section 4.3. PROOF is the value of a DPoP header. Without it, standard input has one, or the
head of a whole request, or a line that a guard wrote with NODE_DEBUG=dpop-guard. The URL of a head is https, or http if its
host is this machine.`,
    options: [
      ['--url URL', 'the URL, as clients call it: https://api.example.com/orders'],
      ['--method METHOD', 'the method: GET'],
      ['--token TOKEN', 'the access token that came with it (or DPOP_ACCESS_TOKEN)'],
      ['--token-file FILE', 'a file that has the access token'],
      ['--har FILE', 'a recording of a browser: the request with a proof that was rejected last'],
      ['--nonce NONCE', "the server's newest nonce"],
      ['--now TIME', 'when it was sent: seconds since 1970, or 2023-11-14T22:13:20Z (default: now)'],
      ['--max-age SECONDS', 'how old it may be (default: 60)'],
      ['--algs LIST', 'accepted algorithms (default: ES256,PS256,Ed25519,EdDSA)'],
      ['--issuer URL', 'compare iss of the access token, and verify its signature with the keys of this issuer'],
      ['--audience TEXT', 'compare aud of the access token; repeat it to accept any of them'],
      ['--jwks FILE|URL', 'verify the signature of the access token with these keys'],
      ['-v, --verbose', 'show the decoded proof'],
    ],
    example: `dpop-inspect proof "$PROOF" --url https://api.example.com/orders --method GET --token-file token.txt`,
  },
  request: {
    form: 'request [METHOD] URL --key FILE',
    purpose: 'sends a request with a proof, as curl would, and explains the response',
    details: 'Makes a new proof, and follows nonces. Writes at most 10 MiB of a body.',
    options: [
      ['--key FILE', 'your private key, JWK or PEM; made if it does not exist, readable by you alone'],
      ['--token TOKEN', 'the access token (or DPOP_ACCESS_TOKEN)'],
      ['--token-file FILE', 'a file that has the access token'],
      ...credentials,
      ['-X, --method METHOD', 'the method, if it does not stand before the URL (default: GET, or POST with -d)'],
      ...request.slice(1),
      ['--timeout SECONDS', 'how long to wait for the whole response (default: 30)'],
      [insecure, 'send over plain http to another machine: anyone on the way can read and change all of it'],
      ['-v, --verbose', 'show each request as curl does, and its decoded proof, on standard error'],
    ],
    example: 'dpop-inspect request GET https://api.example.com/orders --key key.json --token-file token.txt -v',
  },
  issuer: {
    form: 'issuer',
    purpose: 'runs an authorization server for development on this machine',
    details:
      'Prints an access token that is bound to your key, and a request that uses it. Never use it for anything but development.',
    options: [
      ['--port NUMBER', 'where it listens, on 127.0.0.1 alone (default: 4000)'],
      ['--resource URL', 'your API: the aud of its tokens (default: http://127.0.0.1:3000)'],
      ['--key FILE', "the client's private key; made if it does not exist (default: dpop-key.json)"],
      ['--signing-key FILE', "the issuer's private key; made if it does not exist (default: a new one at each start)"],
      ['--client-id ID', 'the client (default: dev)'],
      ['--client-secret-file FILE', 'its secret (or DPOP_CLIENT_SECRET; default: a new one at each start)'],
      ['--scope SCOPE', 'the scopes of its tokens (default: orders:read orders:write)'],
      ['--lifetime SECONDS', 'how long a token is valid (default: 3600)'],
    ],
    example: 'dpop-inspect issuer --resource http://127.0.0.1:3000 --signing-key issuer.json',
  },
  audit: {
    form: 'audit URL',
    purpose: 'sends valid and invalid requests to a server of yours, and judges its answers by the RFCs',
    details: `The valid requests come first, then about a thousand invalid ones. It needs access tokens: one with its key, or a client of the
token endpoint, or the key that signs tokens, with which every request can be made. Valid requests follow in between and at the
end. If the server rejects one, its answers to the requests before are not decided.`,
    options: [
      ['--key FILE', 'your private key, JWK or PEM'],
      ['--token TOKEN', 'an access token that is bound to it (or DPOP_ACCESS_TOKEN)'],
      ['--token-file FILE', 'a file that has the access token'],
      ...credentials,
      ['--signing-key FILE', 'sign the tokens here, with the key that the API trusts: JWK or PEM'],
      ['--issuer TEXT', 'then: iss of these tokens'],
      ['--audience TEXT', 'then: aud of these tokens'],
      ['--scope SCOPE', 'then: scope of these tokens'],
      ['--claims JSON|@FILE', 'then: more claims; or give a token of the API as the pattern'],
      ...request,
      ['--only NAME', 'send only these requests; "*" stands for any characters; repeat it for more'],
      ['--setting NAME', 'what the API is configured with: scopes, bearer, forms, step-up, ...; repeat it for more'],
      ['--all-methods', 'also send POST, PUT, PATCH and DELETE, with proofs that must be rejected'],
      ['--rate NUMBER', 'requests per second (default: 20)'],
      ['--timeout SECONDS', 'the time for each (default: 10)'],
      ['--html FILE', 'write a report as one page'],
      ['--json FILE', 'write a report for programs'],
      ['--junit FILE', 'write a report for continuous integration'],
      ['--dry-run', 'print what would be sent, and send nothing'],
      ['--show-secrets', 'show in reports what they hide: tokens, query, added fields, bodies'],
      ['--i-own-this-server', 'required for any host but this machine'],
      [insecure, 'send over plain http to another machine: anyone on the way can read the access token'],
      ['-v, --verbose', 'name every request'],
    ],
    example: `dpop-inspect audit http://127.0.0.1:3000/orders --signing-key issuer.json \\
    --issuer http://127.0.0.1:4000 --audience http://127.0.0.1:3000 --scope orders:read --html report.html`,
  },
} as const satisfies Record<string, Usage>

export type CommandName = keyof typeof usages

const exitCodes: Readonly<Record<CommandName, string>> = {
  proof: '0 no check failed, 1 a check failed, 2 wrong use.',
  request: '0 the status is below 400, 1 it is 400 or more, 2 wrong use or no response.',
  issuer: '0 stopped, 2 wrong use.',
  audit:
    '0 nothing missed, 1 something should be answered otherwise, 3 a hole, 2 wrong use, no audit, or not all is decided.',
}

/** What a person needs to use one command. */
export function writeUsage(name: CommandName): string {
  const { form, purpose, details, options, example }: Usage = usages[name]
  const width = Math.max(...options.map(([option]) => option.length)) + 2
  return `dpop-inspect ${form}
  ${purpose[0]?.toUpperCase()}${purpose.slice(1)}.

${details}

Options:
${options.map(([option, meaning]) => `  ${option.padEnd(width)}${meaning}\n`).join('')}
Example:
  ${example}

Exit code: ${exitCodes[name]}
`
}

/** Each command in one line. */
export function writeCommands(): string {
  const entries = Object.values<Usage>(usages)
  const width = Math.max(...entries.map(({ form }) => form.length)) + 2
  return `dpop-inspect: test DPoP (RFC 9449)

${entries.map(({ form, purpose }) => `  dpop-inspect ${form.padEnd(width)}${purpose}\n`).join('')}
The options of a command: dpop-inspect audit --help.
Where to begin, without an authorization server: dpop-inspect issuer.
`
}
