import { parseArgs } from 'node:util'
import type { ProofAlgorithm } from '@dpop-guard/core'
import { isSecureUrl } from '@dpop-guard/core/internal'
import { readAccessToken } from './access-token-option.js'
import { parseDebugLine, writeDebugLine } from './debug-line.js'
import type { Display } from './display.js'
import { explainPasted } from './explain-request.js'
import { chooseRequest, parseHar, type RecordedRequest } from './har.js'
import { readMethodOption, readNumberOption, readOptionFile, readTimeOption, readUrlOption } from './option-values.js'
import { parsePastedRequest } from './pasted-request.js'
import { isGuardUrl } from './proof-probe.js'
import { writeChecks, writeDecoded, writeVerdict } from './report.js'
import { painter, readAll, type Terminal, UsageError } from './terminal.js'

export const proofOptions = {
  method: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  nonce: { type: 'string' },
  now: { type: 'string' },
  'max-age': { type: 'string' },
  algs: { type: 'string' },
  jwks: { type: 'string' },
  issuer: { type: 'string' },
  audience: { type: 'string', multiple: true },
  har: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** Makes each check of RFC 9449 section 4.3. Returns the exit code: 1 if a check failed. */
export async function proofCommand(args: readonly string[], terminal: Terminal, display: Display): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options: proofOptions, allowPositionals: true })
  const [proof, ...others] = positionals
  if (others.length > 0) {
    throw new UsageError(
      'only one proof is accepted, in quotes if it has spaces; to send a request, begin with the word request',
    )
  }
  const recorded = values.har === undefined ? undefined : await readHar(values.har, terminal, display)
  if (recorded !== undefined && proof !== undefined) throw new UsageError('use --har, or a proof, not both')
  const input = recorded !== undefined ? '' : proof === undefined || proof === '-' ? await readInput(terminal) : proof
  const line = parseDebugLine(input)
  if (line !== undefined) {
    terminal.stdout.write(writeDebugLine(line, painter(terminal), display))
    return line.kind === 'accepted' ? 0 : 1
  }
  const pasted = recorded ?? parsePastedRequest(input)
  display.hide(pasted.accessToken)
  const given = await readAccessToken(values, terminal.env)
  display.hide(given)
  const { checks, verdict, decoded } = await explainPasted(
    pasted,
    {
      accessToken: given,
      method: values.method === undefined ? undefined : readMethodOption('--method', values.method),
      url: await readRequestUrl(values.url, pasted.url),
      nonce: readNonceOption(values.nonce ?? recorded?.nonce),
      now: values.now === undefined ? recorded?.now : readTimeOption('now', values.now),
      maxAgeSeconds: readNumberOption('max-age', values['max-age']),
      // The guard reports an unknown algorithm.
      algorithms: values.algs?.split(/[ ,]+/) as ProofAlgorithm[] | undefined,
    },
    values,
  )
  const style = { paint: painter(terminal), display }
  if (values.verbose && decoded !== undefined) terminal.stdout.write(`${writeDecoded(decoded, display)}\n`)
  terminal.stdout.write(writeChecks(checks, style) + writeVerdict(verdict, checks, style))
  return checks.some(({ outcome }) => outcome === 'fail') ? 1 : 0
}

const maxHarBytes = 64 * 1024 * 1024

/** The request of a HAR file that was rejected last. */
async function readHar(file: string, { stderr }: Terminal, display: Display): Promise<RecordedRequest> {
  const bytes = await readOptionFile('--har', file)
  if (bytes.length > maxHarBytes) throw new UsageError(`--har has more than ${maxHarBytes} bytes`)
  const requests = parseHar(bytes.toString('utf8'))
  if (requests === undefined) throw new UsageError('--har is not a HAR file')
  const chosen = chooseRequest(requests)
  if (chosen === undefined) throw new UsageError('--har has no request with a DPoP field')
  const { method, url, status } = chosen
  display.hide(chosen.accessToken)
  const [shown = ''] = url.split(/[?#]/, 1)
  const words = `${requests.indexOf(chosen) + 1} of ${requests.length} with a proof: ${method} ${shown}, answered ${status}`
  stderr.write(`${display.line(`request ${words}`)}\n`)
  return chosen
}

const whatToPaste =
  'Paste the value of the DPoP header, in quotes; or pipe the head of a whole request, with a line for each of ' +
  '"GET /orders HTTP/1.1", "Host: ...", "Authorization: DPoP ..." and "DPoP: ..."'

async function readInput({ stdin }: Terminal): Promise<string> {
  const input = stdin.isTTY === true ? '' : await readAll(stdin)
  if (input.trim() !== '') return input
  throw new UsageError(`a proof is required, and standard input has none. ${whatToPaste}`)
}

/** The URL that a guard can compare `htu` with. */
async function readRequestUrl(given: string | undefined, pasted: string | undefined): Promise<string | undefined> {
  const text = given ?? pasted
  if (text === undefined) return undefined
  const name = given === undefined ? 'the URL of the pasted request' : '--url'
  const url = readUrlOption(name, text)
  if (await isGuardUrl(text)) return text
  if (url.protocol === 'http:' && !isSecureUrl(url.origin)) {
    const secure = `${url.origin}${url.pathname}`.replace('http:', 'https:')
    throw new UsageError(
      `${name} is http, and a guard accepts no proof over http: use the URL that clients call, --url ${secure}`,
    )
  }
  throw new UsageError(`${name} does not follow RFC 3986: percent-encode its unusual characters`)
}

/** RFC 9449 section 8.1. */
function readNonceOption(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)) {
    throw new UsageError('--nonce must be a nonce: visible ASCII without quotes and backslashes')
  }
  return text
}
