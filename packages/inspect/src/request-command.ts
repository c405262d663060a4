import { parseArgs } from 'node:util'
import { errorCodes, headerNames } from '@dpop-guard/core'
import { accessTokenVariable, readAccessToken } from './access-token-source.js'
import { showText } from './check.js'
import { systemClock } from './clock.js'
import { decodeJwt, isObject } from './decoded-jwt.js'
import type { Display } from './display.js'
import { parameterOf } from './explain-answer.js'
import { isLoopback } from './http-url.js'
import { openKeyFile } from './key-file.js'
import { readMethod } from './method.js'
import { readNumber } from './number-option.js'
import { readOptionFile } from './option-file.js'
import { writeDecoded } from './report.js'
import { painter, type Terminal, UsageError } from './terminal.js'
import { withinSeconds } from './time-limit.js'
import { readUrl } from './url-option.js'
import { writeAnswer } from './write-answer.js'

export const requestOptions = {
  key: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  htu: { type: 'string' },
  timeout: { type: 'string' },
  'insecure-http': { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** Sends one request with a proof, and once more with a nonce. Gives the exit code: 1 for a status of 400 and more. */
export async function requestCommand(args: readonly string[], terminal: Terminal, display: Display): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options: requestOptions, allowPositionals: true })
  const [verb, url, ...others] = positionals
  if (verb === undefined || url === undefined || others.length > 0) {
    throw new UsageError('give a method and a URL: request GET https://api.example.com/orders --key key.json')
  }
  const method = readSentMethod(verb, values.data)
  checkDestination(url, values)
  if (values.htu !== undefined) readUrl('--htu', values.htu)
  if (values.key === undefined) throw new UsageError('give --key: a file with your private key, made if there is none')
  const timeoutSeconds = readTimeout(values.timeout)
  const headers = readHeaders(values.header ?? [])
  const body = await readBody(values.data)
  const accessToken = await readAccessToken(values, terminal.env)
  display.hide(accessToken)
  const { client, notice } = await openKeyFile(values.key)
  const warn = (text: string) => terminal.stderr.write(`${display.line(text)}\n`)
  if (notice !== undefined) warn(notice)
  if (accessToken === undefined) {
    warn(`no access token (--token-file, --token or ${accessTokenVariable}): sending the proof alone`)
    warn(`the token to get is one for this key; its thumbprint is ${client.jkt}`)
  } else warnOfOtherKey(accessToken, client.jkt, warn)

  const paint = painter(terminal)
  const send = async (signal: AbortSignal, nonce?: string) => {
    const [htu = ''] = (values.htu ?? url).split(/[?#]/, 1)
    const proof = client.proof({
      method,
      url: htu,
      now: Math.floor(systemClock()),
      accessToken,
      nonce,
    })
    const decoded = decodeJwt(proof)
    if (values.verbose && decoded !== undefined) terminal.stdout.write(paint('dim', writeDecoded(decoded, display)))
    headers.set(headerNames.dpop, proof)
    if (accessToken !== undefined) headers.set(headerNames.authorization, `DPoP ${accessToken}`)
    // A proof is for one URL, so redirects are for the caller to see.
    const init = { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) } as const
    return fetch(url, init)
  }
  return withinSeconds(timeoutSeconds, url, async (signal) => {
    let response = await send(signal)
    const nonce = nonceAskedFor(response)
    if (nonce !== undefined) {
      await response.body?.cancel()
      if (values.verbose) warn('the server asks for a nonce: once more')
      response = await send(signal, nonce)
    }
    await writeAnswer(response, terminal, display)
    return response.status < 400 ? 0 : 1
  })
}

/** The nonce that a server sends along when it asks for the request once more (RFC 9449 section 9). */
function nonceAskedFor({ status, headers }: Response): string | undefined {
  const error = parameterOf(headers.get(headerNames.wwwAuthenticate) ?? '', 'error')
  const asks = status === 401 && error === errorCodes.useDpopNonce
  return asks ? (headers.get(headerNames.dpopNonce) ?? undefined) : undefined
}

/** Upper case, as `fetch` sends most methods whatever they are given as: the proof has to say the same. */
function readSentMethod(text: string, data: string | undefined): string {
  const method = readMethod('METHOD', text).toUpperCase()
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) throw new UsageError(`${method} cannot be sent by this command`)
  if (data !== undefined && ['GET', 'HEAD'].includes(method)) {
    throw new UsageError(`a ${method} request has no body: leave out -d`)
  }
  return method
}

function checkDestination(
  text: string,
  { 'insecure-http': insecure }: { 'insecure-http'?: boolean | undefined },
): void {
  const url = readUrl('the URL to send to', text)
  if (url.protocol === 'http:' && !isLoopback(url) && insecure !== true) {
    throw new UsageError(`to ${url.origin}, the access token would go unencrypted: use https, or say --insecure-http`)
  }
}

const defaultTimeoutSeconds = 30

const maxTimeoutSeconds = 86_400

function readTimeout(text: string | undefined): number {
  const seconds = readNumber('timeout', text) ?? defaultTimeoutSeconds
  if (seconds > 0 && seconds <= maxTimeoutSeconds) return seconds
  throw new UsageError(`--timeout has to be more than 0, and at most ${maxTimeoutSeconds} seconds`)
}

/** RFC 9110 section 5. */
const fieldLine = /^([!#$%&'*+.^`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const [, name = '', value = ''] = fieldLine.exec(line) ?? []
    // Not shown: it may hold credentials.
    if (name === '') throw new UsageError('-H takes "Name: value", in one line, without control characters')
    if (/^dpop$/i.test(name) || (/^authorization$/i.test(name) && /^dpop\b/i.test(value))) {
      throw new UsageError('-H takes no proof and no access token: a proof is made, and --token-file takes the token')
    }
    headers.append(name, value)
  }
  return headers
}

/** Text as it is, or with "@" before it the bytes of a file, as curl has it. */
async function readBody(data: string | undefined): Promise<string | Buffer | undefined> {
  return data?.startsWith('@') ? readOptionFile('the file in --data', data.slice(1)) : data
}

function warnOfOtherKey(accessToken: string, jkt: string, warn: (text: string) => void): void {
  const cnf = decodeJwt(accessToken)?.payload.cnf
  if (isObject(cnf) && cnf.jkt !== undefined && cnf.jkt !== jkt) {
    warn(`the token is bound to another key (${showText(cnf.jkt)}) than the one in --key (${jkt})`)
  }
}
