import { Display } from './display.js'
import { inspectCommand } from './inspect-command.js'
import { requestCommand } from './request-command.js'
import { type Terminal, UsageError } from './terminal.js'

const usage = `dpop-guard-inspect [inspect] [PROOF]
  Holds a DPoP proof against each check of RFC 9449 section 4.3. PROOF, or the head of a whole request on standard input.
    --url URL, --method METHOD        the request, as clients call it
    --token TOKEN, --token-file FILE  the access token it came with (or DPOP_ACCESS_TOKEN)
    --nonce NONCE                     the server's newest nonce
    --now SECONDS, --max-age SECONDS  when it was sent (default: now), and how old it may be (default: 60)
    --algs LIST                       accepted algorithms (default: ES256,PS256,Ed25519,EdDSA)
    --jwks FILE|URL, --issuer URL     verify the access token's signature too; a URL has 10 s and 1 MiB
    -v, --verbose                     show the decoded proof

dpop-guard-inspect request METHOD URL --key FILE
  Sends a request with a new proof, follows nonces, and explains what it gets. Writes at most 10 MiB of a body.
    --key FILE                        your private key, JWK or PEM; made, for you alone, if there is no such file
    --token TOKEN, --token-file FILE  the access token (or DPOP_ACCESS_TOKEN)
    -H, --header "Name: value"        more fields; -d, --data TEXT|@FILE: a body
    --htu URL                         the public URL, where it is another than the one to send to
    --timeout SECONDS                 how long to wait for the whole answer (default: 30)
    --insecure-http                   send over plain http to another machine: everyone on the way can read the access
                                      token and the answer, and change both
    -v, --verbose                     show the decoded proofs

Exit code: 0 nothing failed, 1 a check failed or the status is 400 or more, 2 wrong use or no answer.
`

/** Runs one command line. Gives the exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args
  if (args.includes('--help') || args.includes('-h')) {
    terminal.stdout.write(usage)
    return 0
  }
  const display = new Display()
  try {
    if (first === 'request') return await requestCommand(rest, terminal, display)
    return await inspectCommand(first === 'inspect' ? rest : args, terminal, display)
  } catch (error) {
    terminal.stderr.write(`dpop-guard-inspect: ${display.line(explain(error))}\n`)
    if (error instanceof UsageError) terminal.stderr.write('dpop-guard-inspect --help says more.\n')
    return 2
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  const reason = cause instanceof Error ? `: ${cause.message || (cause as NodeJS.ErrnoException).code}` : ''
  return message.replace(/^dpop-guard: /, '') + reason
}
