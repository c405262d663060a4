/** A response: what it says, what it means, and what to do. */
import type { ErrorCode } from '@dpop-guard/core'
import type { Display } from './display.js'
import { readBounded, readJson } from './exchange.js'
import { painter, type Terminal } from './terminal.js'

const maxBodyBytes = 10 * 1024 * 1024

/** Writes status, fields and body. A pipe or a file gets the exact bytes of the body; a terminal gets readable text. */
export async function writeAnswer(response: Response, terminal: Terminal, display: Display): Promise<void> {
  const { stdout, stderr } = terminal
  const { status, statusText, headers } = response
  const paint = painter(terminal)
  stdout.write(`${paint('bold', `${status} ${display.text(statusText)}`)}\n`)
  for (const [name, value] of headers) stdout.write(`${name}: ${display.text(value)}\n`)
  stdout.write('\n')
  const { bytes, cut } = await readBounded(response, maxBodyBytes)
  stdout.write(stdout.isTTY === true ? display.text(bytes.toString('utf8')) : bytes)
  if (bytes.length > 0) stdout.write('\n')
  if (cut) stderr.write(`the body is longer than ${maxBodyBytes} bytes: the rest is cut off\n`)
  const explained = explainAnswer(response)
  if (explained !== undefined) stderr.write(`\n${paint('yellow', display.text(explained))}\n`)
}

/** The nonce to repeat the request with, if the server asks for one. Leaves the body unread. */
export async function nonceAskedFor(response: Response): Promise<string | undefined> {
  const { status, headers } = response
  const nonce = headers.get('DPoP-Nonce')
  if (nonce === null) return undefined
  // RFC 9449 section 9: a resource server asks in the challenge. Section 8: a token endpoint asks in the body.
  const error =
    status === 400
      ? (await readJson(response.clone())).error
      : status === 401 && parameterOf(headers.get('WWW-Authenticate') ?? '', 'error')
  return error === 'use_dpop_nonce' ? nonce : undefined
}

const advice: Record<ErrorCode, string> = {
  invalid_request:
    'The request is malformed: check Authorization, the path and Host, and whether a proxy repeats a field.',
  invalid_token:
    'The server rejects the access token. Is it expired, for another resource (aud), of another issuer, or bound to another key than --key?',
  insufficient_scope:
    'The token is good, but lacks a scope. Get a token that has all of these: --scope, for a token that this command gets.',
  insufficient_user_authentication: 'The token is good, but its user has to log in again, or with a stronger method.',
  invalid_dpop_proof:
    'The server rejects the proof. If its public URL is another one than this, add --htu. The log of the server has the reason: NODE_DEBUG=dpop-guard.',
  use_dpop_nonce:
    'The server asked for a nonce, received its newest one and asked again. Do its instances have different secrets, or does the nonce expire too soon?',
}

/** What a response means and what to do. Undefined if nothing went wrong. */
function explainAnswer({ status, headers }: Response): string | undefined {
  if (status < 400) return explainRedirect(status, headers.get('location'))
  const challenge = headers.get('www-authenticate')
  if (challenge === null) return explainStatus(status)
  if (!/\bDPoP\b/i.test(challenge)) {
    return 'The server asks for another scheme than DPoP: it has no guard, or something in front of it answers.'
  }
  const error = parameterOf(challenge, 'error')
  if (error === undefined) {
    return 'The server needs an access token with the scheme DPoP, and found none. Add --token-file.'
  }
  const names = ['error_description', 'scope', 'acr_values', 'max_age', 'algs', 'resource_metadata']
  const details = names.flatMap((name) => {
    const value = parameterOf(challenge, name)
    return value === undefined ? [] : `  ${name}: ${value}`
  })
  const known = Object.hasOwn(advice, error) ? advice[error as ErrorCode] : `The server says ${error}.`
  return [known, ...details].join('\n')
}

function explainRedirect(status: number, location: string | null): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined
  return `The redirect was not followed, because a proof is for one URL. If you trust the target, send the request to it: ${location}`
}

function explainStatus(status: number): string | undefined {
  if (status === 503) {
    return 'The server cannot decide now: its key set or its replay store is not available. Token and proof may be good; try again. Its log has the reason: NODE_DEBUG=dpop-guard, lines that start with "unavailable".'
  }
  if (status === 404) {
    return 'The server has no such path, or not for this method. A guard never answers 404, so token and proof may be good: send the request to a path that exists.'
  }
  return status === 401
    ? 'Rejected without a challenge: this is not a DPoP resource server, or a proxy removed the challenge.'
    : undefined
}

/** Reads all challenges together, because those of one response do not contradict each other. */
function parameterOf(challenge: string, name: string): string | undefined {
  const [, quoted, token] = new RegExp(`(?:^|[ ,])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^ ,]+))`).exec(challenge) ?? []
  return quoted?.replace(/\\(.)/g, '$1') ?? token
}
