import { parseArgs } from 'node:util'
import { isJsonObject } from '@dpop-guard/core/internal'
import { accessTokenVariable, readAccessToken } from './access-token-option.js'
import { nonceAskedFor, writeAnswer } from './answer.js'
import { clientCredentialsOptions, readClientCredentials } from './client-credentials.js'
import { checkDestination } from './destination.js'
import { type Display, showText } from './display.js'
import { withinSeconds } from './exchange.js'
import { decodeJwt } from './jwt.js'
import { openKeyFile } from './key-file.js'
import { readMethodOption, readNumberOption, readUrlOption } from './option-values.js'
import { writeDecoded } from './report.js'
import { readDataOption, readHeadersOption } from './request-options.js'
import { painter, type Terminal, UsageError } from './terminal.js'

export const requestOptions = {
  key: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  ...clientCredentialsOptions,
  method: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  htu: { type: 'string' },
  timeout: { type: 'string' },
  'insecure-http': { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** Sends one request with a proof, and once more with a nonce. Returns the exit code: 1 for a status of 400 or more. */
export async function requestCommand(args: readonly string[], terminal: Terminal, display: Display): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options: requestOptions, allowPositionals: true })
  const [url, verb, ...others] = [...positionals].reverse()
  if (url === undefined || others.length > 0) {
    throw new UsageError('a URL is required: request GET https://api.example.com/orders --key key.json')
  }
  if (verb !== undefined && values.method !== undefined) {
    throw new UsageError('use -X, or a method before the URL, not both')
  }
  const method = readSentMethodOption(
    verb ?? values.method ?? (values.data === undefined ? 'GET' : 'POST'),
    values.data,
  )
  checkDestination('the URL to send to', url, values['insecure-http'] === true)
  if (values.htu !== undefined) readUrlOption('--htu', values.htu)
  if (values.key === undefined)
    throw new UsageError('--key is required: a file with your private key; the command makes it if it does not exist')
  const timeoutSeconds = readTimeoutOption(values.timeout)
  const headers = readHeadersOption(values.header ?? [])
  const body = await readDataOption(values.data)
  const given = await readAccessToken(values, terminal.env)
  const hide = (secret: string) => display.hide(secret)
  const requestToken = await readClientCredentials(values, terminal.env, hide, values['insecure-http'] === true)
  if (requestToken === undefined && values.issuer !== undefined) throw new UsageError('--issuer needs --client-id')
  if (requestToken !== undefined && (values.token ?? values['token-file']) !== undefined) {
    throw new UsageError('use a token, or --client-id to get one, not both')
  }
  const { client, notice } = await openKeyFile(values.key)
  const warn = (text: string) => terminal.stderr.write(`${display.line(text)}\n`)
  if (notice !== undefined) warn(notice)
  const accessToken = requestToken === undefined ? given : (await requestToken(client)).token
  display.hide(accessToken)
  if (accessToken === undefined) {
    warn(`no access token (--token-file, --token or ${accessTokenVariable}): sending the proof alone`)
    warn(`you need a token for this key; its thumbprint is ${client.jkt}`)
  } else warnOfOtherKey(accessToken, client.jkt, warn)

  const paint = painter(terminal)
  const send = async (signal: AbortSignal, nonce?: string) => {
    const [htu = ''] = (values.htu ?? url).split(/[?#]/, 1)
    const proof = client.proof({
      method,
      url: htu,
      now: Math.floor(Date.now() / 1000),
      accessToken,
      nonce,
    })
    headers.set('DPoP', proof)
    if (accessToken !== undefined) headers.set('Authorization', `DPoP ${accessToken}`)
    if (values.verbose) terminal.stderr.write(paint('dim', writeSent(method, url, headers, proof, display)))
    // A proof is for one URL, so a redirect is shown, not followed.
    const init = { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) } as const
    return fetch(url, init)
  }
  return withinSeconds(timeoutSeconds, url, async (signal) => {
    let response = await send(signal)
    const nonce = await nonceAskedFor(response)
    if (nonce !== undefined) {
      await response.body?.cancel()
      if (values.verbose) warn('the server asks for a nonce: sending the request again')
      response = await send(signal, nonce)
    }
    await writeAnswer(response, terminal, display)
    return response.status < 400 ? 0 : 1
  })
}

/** The request as curl shows it, and what its proof says. */
function writeSent(method: string, text: string, headers: Headers, proof: string, display: Display): string {
  const url = new URL(text)
  const fields = [...headers].map(([name, value]) => `> ${name}: ${value}\n`)
  const head = `> ${method} ${url.pathname}${url.search} HTTP/1.1\n> host: ${url.host}\n${fields.join('')}>\n`
  const decoded = decodeJwt(proof)
  const parts = decoded === undefined ? '' : writeDecoded(decoded, display).replace(/^(?=.)/gm, '* proof ')
  return display.text(head) + parts
}

/** Upper case, because `fetch` sends most methods so, and the proof must name the same method. */
function readSentMethodOption(text: string, data: string | undefined): string {
  const method = readMethodOption('METHOD', text).toUpperCase()
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) throw new UsageError(`${method} cannot be sent by this command`)
  if (data !== undefined && ['GET', 'HEAD'].includes(method)) {
    throw new UsageError(`a ${method} request has no body: leave out -d`)
  }
  return method
}

const defaultTimeoutSeconds = 30

const maxTimeoutSeconds = 86_400

function readTimeoutOption(text: string | undefined): number {
  const seconds = readNumberOption('timeout', text) ?? defaultTimeoutSeconds
  if (seconds > 0 && seconds <= maxTimeoutSeconds) return seconds
  throw new UsageError(`--timeout must be more than 0, and at most ${maxTimeoutSeconds} seconds`)
}

function warnOfOtherKey(accessToken: string, jkt: string, warn: (text: string) => void): void {
  const cnf = decodeJwt(accessToken)?.payload.cnf
  if (isJsonObject(cnf) && cnf.jkt !== undefined && cnf.jkt !== jkt) {
    warn(`the token is bound to another key (${showText(cnf.jkt)}) than the one in --key (${jkt})`)
  }
}
