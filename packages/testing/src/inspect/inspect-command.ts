import { parseArgs } from 'node:util'
import type { ProofAlgorithm } from '@dpop-guard/core'
import { systemClock } from '../clock.js'
import { readAccessToken } from './access-token-source.js'
import type { Display } from './display.js'
import { inspectProof } from './inspect-proof.js'
import { inspectToken } from './inspect-token.js'
import { readNumber } from './number-option.js'
import { readPastedRequest } from './pasted-request.js'
import { writeChecks, writeDecoded, writeVerdict } from './report.js'
import { painter, readAll, type Terminal, UsageError } from './terminal.js'

const options = {
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
  verbose: { type: 'boolean', short: 'v' },
} as const

/** Holds a proof against each check of RFC 9449 section 4.3. Gives the exit code: 1 if one failed. */
export async function inspectCommand(args: readonly string[], terminal: Terminal, display: Display): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [proof, ...others] = positionals
  if (others.length > 0) throw new UsageError('give one proof; put it in quotes if it has spaces')
  const pasted = readPastedRequest(proof === undefined || proof === '-' ? await readInput(terminal) : proof)
  display.hide(pasted.accessToken)
  const accessToken = (await readAccessToken(values, terminal.env)) ?? pasted.accessToken
  display.hide(accessToken)
  const now = readNumber('now', values.now) ?? systemClock()
  const { checks, verdict, decoded } = await inspectProof({
    fields: pasted.fields,
    method: values.method ?? pasted.method,
    url: values.url ?? pasted.url,
    accessToken,
    nonce: readNonce(values.nonce),
    now: Math.floor(now),
    maxAgeSeconds: readNumber('max-age', values['max-age']),
    // What is no algorithm is told by the guard.
    algorithms: values.algs?.split(/[ ,]+/) as ProofAlgorithm[] | undefined,
  })
  const tokenChecks = accessToken === undefined ? [] : await inspectToken(accessToken, Math.floor(now), values)
  const all = [...checks, ...tokenChecks]
  const style = { paint: painter(terminal), display }
  if (values.verbose && decoded !== undefined) terminal.stdout.write(`${writeDecoded(decoded, display)}\n`)
  terminal.stdout.write(writeChecks(all, style) + writeVerdict(verdict, all, style))
  return all.some(({ outcome }) => outcome === 'fail') ? 1 : 0
}

async function readInput({ stdin }: Terminal): Promise<string> {
  if (stdin.isTTY === true) throw new UsageError('give a proof, or the head of a request on standard input')
  return readAll(stdin)
}

/** RFC 9449 section 8.1. */
function readNonce(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)) {
    throw new UsageError('--nonce has to be a nonce: visible ASCII without quotes and backslashes')
  }
  return text
}
