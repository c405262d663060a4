import { auditCommand, auditCommandOptions } from './audit/audit-command.js'
import { checkArguments } from './command-line.js'
import { Display } from './display.js'
import { issuerCommand, issuerOptions } from './issuer/issuer-command.js'
import { proofCommand, proofOptions } from './proof-command.js'
import { requestCommand, requestOptions } from './request-command.js'
import { type Terminal, UsageError } from './terminal.js'

const usage = `dpop-inspect [proof] [PROOF]
  Makes each check of RFC 9449 section 4.3. PROOF is a DPoP proof. Without it, standard input has one, or the head of a
  whole request, or a line that a guard wrote with NODE_DEBUG=dpop-guard. The URL of a head is https, or http if its host
  is this machine.
    --har FILE                        a recording of a browser: the request with a proof that was rejected last
    --url URL, --method METHOD        the request, as clients call it: https://api.example.com/orders, GET
    --token TOKEN, --token-file FILE  the access token that came with it (or DPOP_ACCESS_TOKEN)
    --nonce NONCE                     the server's newest nonce
    --now TIME                        when it was sent: seconds since 1970, or 2023-11-14T22:13:20Z (default: now)
    --max-age SECONDS                 how old it may be (default: 60)
    --algs LIST                       accepted algorithms (default: ES256,PS256,Ed25519,EdDSA)
    --jwks FILE|URL, --issuer URL     verify the signature of the access token too (10 s, 1 MiB)
    --issuer URL, --audience TEXT     compare iss and aud of the access token; repeat --audience to accept any of them
    -v, --verbose                     show the decoded proof

dpop-inspect request [METHOD] URL --key FILE
  Sends a request with a new proof, follows nonces, and explains the response. Writes at most 10 MiB of a body.
    -X, --method METHOD               the method, if it does not stand before the URL (default: GET, or POST with -d)
    --key FILE                        your private key, JWK or PEM; made if it does not exist, readable by you alone
    --token TOKEN, --token-file FILE  the access token (or DPOP_ACCESS_TOKEN)
    -H, --header "Name: value"        more fields; -d, --data TEXT|@FILE: a body
    --token-endpoint URL              get the token by client credentials; or --issuer URL, which names the endpoint
    --client-id ID, --scope SCOPE     the client; its secret is in --client-secret-file FILE, or DPOP_CLIENT_SECRET
    --client-auth basic|post|none     how the client authenticates (default: basic); --token-resource URL: RFC 8707
    --htu URL                         the public URL, if it is not the URL to send to
    --timeout SECONDS                 how long to wait for the whole response (default: 30)
    --insecure-http                   send over plain http to another machine: anyone on the way can read and change
                                      the access token and the response
    -v, --verbose                     show each request as curl does, and its decoded proof, on standard error

dpop-inspect issuer
  Runs an authorization server for development on this machine, and prints a bound token and a request that uses it.
    --port NUMBER                     where it listens, on 127.0.0.1 alone (default: 4000)
    --resource URL                    your API: the aud of its tokens (default: http://127.0.0.1:3000)
    --key FILE                        the client's private key; made if it does not exist (default: dpop-key.json)
    --signing-key FILE                the issuer's private key; made if it does not exist (default: a new one at each start)
    --client-id ID, --scope SCOPE     the client (default: dev), and its scopes (default: orders:read orders:write)
    --client-secret-file FILE         its secret (or DPOP_CLIENT_SECRET; default: a new one at each start)
    --lifetime SECONDS                how long a token is valid (default: 3600)

dpop-inspect audit URL
  Sends valid requests to a resource server of yours, then about a thousand invalid ones, and judges the answers by the RFCs.
    --key FILE, --token-file FILE     your private key, and an access token that is bound to it (or DPOP_ACCESS_TOKEN)
    --token-endpoint URL              get tokens by client credentials; or --issuer URL, which names the endpoint
    --client-id ID, --scope SCOPE     the client; its secret is in --client-secret-file FILE, or DPOP_CLIENT_SECRET
    --client-auth basic|post|none     how the client authenticates (default: basic); --token-resource URL: RFC 8707
    --signing-key FILE                the key that the API trusts, so that every request can be made; with --issuer TEXT,
                                      --audience TEXT, --claims JSON|@FILE, or a token of the API as the pattern
    -X, --method METHOD; -H; -d       the request, as for the command request (default: GET)
    --htu URL                         the public URL, if it is not the URL to send to
    --only NAME                       send only these requests; "*" stands for any characters; repeat it for more
    --setting NAME                    what the API is configured with: scopes, bearer, forms, step-up, ...
    --all-methods                     also send POST, PUT, PATCH and DELETE, with proofs that must be rejected
    --rate NUMBER, --timeout SECONDS  requests per second (default: 20), and the time for each (default: 10)
    --html, --json, --junit FILE      write reports
    --dry-run                         print what would be sent, and send nothing
    --show-secrets                    show access tokens and bodies in reports
    --i-own-this-server               needed for any host but this machine
    -v, --verbose                     name every request
  Exit code: 0 nothing missed, 1 something should be answered otherwise, 3 a hole, 2 wrong use or no audit.

Exit code: 0 nothing failed, 1 a check failed or the status is 400 or more, 2 wrong use or no response.
`

/** Runs one command line. Returns the exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.stdout.write(usage)
    return 0
  }
  const display = new Display()
  try {
    const [first = '', ...rest] = args
    const [name, own] = isCommand(first) ? [first, rest] : (['proof', args] as const)
    const { run } = commands[name]
    checkArguments(own, name, commands)
    return await run(own, terminal, display)
  } catch (error) {
    terminal.stderr.write(`dpop-inspect: ${display.line(explain(error))}\n`)
    if (isWrongUse(error)) terminal.stderr.write('dpop-inspect --help lists every option.\n')
    return 2
  }
}

/** Each command, with its options. */
export const commands = {
  proof: { run: proofCommand, options: proofOptions },
  request: { run: requestCommand, options: requestOptions },
  issuer: { run: issuerCommand, options: issuerOptions },
  audit: { run: auditCommand, options: auditCommandOptions },
}

function isCommand(text: string): text is keyof typeof commands {
  return Object.hasOwn(commands, text)
}

/** An error of this command, or of the guard, because some of our options are options of the guard. */
function isWrongUse(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof TypeError && error.message.startsWith('dpop-guard: '))
}

const flags: Readonly<Record<string, string>> = { algorithms: '--algs', maxAgeSeconds: '--max-age' }

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message
    .replace(/^dpop-guard: /, '')
    .replace(/^"(\w+)" (must be .*), got .*$/s, (_, name, rest) => `${flags[name] ?? name} ${rest}`)
}
