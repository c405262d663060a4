import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { headerNames } from '@dpop-guard/core'
import { systemClock } from '../clock.js'
import { isNonceChallenge, NonceMemory } from '../nonce-memory.js'
import { accessTokenVariable, readAccessToken } from './access-token-source.js'
import { decodeJwt, isObject } from './decoded-jwt.js'
import { explainAnswer } from './explain-answer.js'
import { openKeyFile } from './key-file.js'
import { writeDecoded } from './report.js'
import { type Paint, painter, printable, type Terminal, UsageError } from './terminal.js'

const options = {
  key: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  htu: { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** Sends one request with a proof, and once more with a nonce. Gives the exit code: 1 for a status of 400 and more. */
export async function requestCommand(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [method, url, ...others] = positionals
  if (method === undefined || url === undefined || others.length > 0) throw new UsageError('give a method and a URL')
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new UsageError(`${url} is no http(s) URL`)
  if (values.key === undefined) throw new UsageError('give --key: a file with your private key, made if there is none')
  const headers = readHeaders(values.header ?? [])
  const body = await readBody(values.data)
  const accessToken = await readAccessToken(values, terminal.env)
  const { client, notice } = await openKeyFile(values.key)
  const warn = (text: string) => terminal.stderr.write(`${printable(text)}\n`)
  if (notice !== undefined) warn(notice)
  if (accessToken === undefined)
    warn(`no access token (--token-file, --token or ${accessTokenVariable}): sending the proof alone`)
  else warnOfOtherKey(accessToken, client.jkt, warn)

  const paint = painter(terminal)
  const nonces = new NonceMemory()
  const send = async () => {
    const [htu = ''] = (values.htu ?? url).split(/[?#]/, 1)
    const proof = client.proof({
      method,
      url: htu,
      now: Math.floor(systemClock()),
      accessToken,
      nonce: nonces.newest(url),
    })
    const decoded = decodeJwt(proof)
    if (values.verbose && decoded !== undefined) terminal.stdout.write(paint('dim', writeDecoded(decoded, accessToken)))
    headers.set(headerNames.dpop, proof)
    if (accessToken !== undefined) headers.set(headerNames.authorization, `DPoP ${accessToken}`)
    // A proof is for one URL, so redirects are for the caller to see.
    const response = await fetch(url, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) })
    nonces.remember(url, response)
    return response
  }
  let response = await send()
  if (isNonceChallenge(response)) {
    await response.body?.cancel()
    if (values.verbose) warn('the server asks for a nonce: once more')
    response = await send()
  }
  await writeAnswer(response, terminal, paint)
  return response.status < 400 ? 0 : 1
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? []
    if (name === '') throw new UsageError(`-H takes "Name: value", not "${line}"`)
    headers.append(name, value)
  }
  return headers
}

/** Text as it is, or with "@" before it the bytes of a file, as curl has it. */
async function readBody(data: string | undefined): Promise<string | Buffer | undefined> {
  return data?.startsWith('@') ? readFile(data.slice(1)) : data
}

function warnOfOtherKey(accessToken: string, jkt: string, warn: (text: string) => void): void {
  const cnf = decodeJwt(accessToken)?.payload.cnf
  if (isObject(cnf) && cnf.jkt !== undefined && cnf.jkt !== jkt) {
    warn(`the token is bound to another key (${String(cnf.jkt)}) than the one in --key (${jkt})`)
  }
}

async function writeAnswer(response: Response, { stdout, stderr }: Terminal, paint: Paint): Promise<void> {
  const { status, statusText, headers } = response
  stdout.write(`${paint('bold', `${status} ${printable(statusText)}`)}\n`)
  for (const [name, value] of headers) stdout.write(`${name}: ${printable(value)}\n`)
  stdout.write('\n')
  const body = Buffer.from(await response.arrayBuffer())
  stdout.write(stdoutIsTerminal(stdout) ? printable(body.toString('utf8')) : body)
  if (body.length > 0) stdout.write('\n')
  const explained = explainAnswer(response)
  if (explained !== undefined) stderr.write(`\n${paint('yellow', printable(explained))}\n`)
}

const stdoutIsTerminal = (stdout: Terminal['stdout']) => stdout.isTTY === true
