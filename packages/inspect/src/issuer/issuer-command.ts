import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createProofClient } from '@dpop-guard/testing'
import { clientSecretVariable } from '../client-credentials.js'
import type { Display } from '../display.js'
import { openKeyFile } from '../key-file.js'
import { readNumberOption, readOptionFile, readUrlOption } from '../option-values.js'
import { painter, type Terminal, UsageError } from '../terminal.js'
import { startLocalIssuer } from './issuer-server.js'

export const issuerOptions = {
  port: { type: 'string' },
  resource: { type: 'string' },
  key: { type: 'string' },
  'signing-key': { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret-file': { type: 'string' },
  scope: { type: 'string' },
  lifetime: { type: 'string' },
} as const

const defaultPort = 4000
const defaultResource = 'http://127.0.0.1:3000'
const defaultKeyFile = 'dpop-key.json'

/** Runs a local issuer until the process is stopped. */
export async function issuerCommand(args: readonly string[], terminal: Terminal, display: Display): Promise<0> {
  const { values, positionals } = parseArgs({ args: [...args], options: issuerOptions, allowPositionals: true })
  if (positionals.length > 0) throw new UsageError('the command issuer takes options alone')
  const { resource = defaultResource, key: keyFile = defaultKeyFile, scope = 'orders:read orders:write' } = values
  readUrlOption('--resource', resource)
  const port = readWhole('port', values.port, defaultPort, 65_535)
  const lifetimeSeconds = readWhole('lifetime', values.lifetime, 3600, 86_400)
  const secret = await readSecret(values['client-secret-file'], terminal.env)
  const client = { id: values['client-id'] ?? 'dev', secret: secret ?? randomBytes(24).toString('base64url') }
  const warn = (text: string) => terminal.stderr.write(`${display.line(text)}\n`)
  const open = async (file: string) => {
    const { client, notice } = await openKeyFile(file)
    if (notice !== undefined) warn(notice)
    return client
  }
  const signer = values['signing-key'] === undefined ? createProofClient() : await open(values['signing-key'])
  const holder = await open(keyFile)
  const { issuer, close } = await startLocalIssuer({ port, resource, signer, client, scope, lifetimeSeconds })
  const now = Math.floor(Date.now() / 1000)
  const token = issuer.mint({
    now,
    exp: now + lifetimeSeconds,
    sub: client.id,
    client_id: client.id,
    scope,
    cnf: { jkt: holder.jkt },
  })
  const paint = painter(terminal)
  const url = `${resource.replace(/\/$/, '')}/orders`
  const lines = [
    paint('red', 'FOR DEVELOPMENT ONLY. Anyone on this machine can get a token here for any scope and any API.'),
    paint('red', 'Never configure an API that others can reach with this issuer.'),
    '',
    `issuer          ${issuer.issuer}`,
    `metadata        ${issuer.issuer}/.well-known/oauth-authorization-server`,
    `token endpoint  ${issuer.issuer}/token, for client_id ${client.id}`,
    ...(secret === undefined
      ? [
          `client secret   ${client.secret}`,
          paint('dim', `                a new one at each start, unless ${clientSecretVariable} has one`),
        ]
      : []),
    '',
    'In your API:',
    `  dpopGuard({ issuer: '${issuer.issuer}', resource: '${resource}' })`,
    '',
    `A first request, with a token for the key in ${keyFile} that is valid for ${lifetimeSeconds} s.`,
    'Put the path of a route of yours in place of /orders:',
    `  DPOP_ACCESS_TOKEN=${token} \\`,
    `  npx @dpop-guard/inspect request GET ${url} --key ${quote(keyFile)}`,
    '',
    'Later ones, which get a token for themselves:',
    `  ${clientSecretVariable}=${secret === undefined ? client.secret : '...'} npx @dpop-guard/inspect request GET ${url} \\`,
    `  --key ${quote(keyFile)} --issuer ${issuer.issuer} --client-id ${client.id}`,
    '',
    'Ctrl+C stops it.',
  ]
  terminal.stdout.write(`${lines.join('\n')}\n`)
  try {
    await stopped(terminal.stop)
  } finally {
    await close()
  }
  return 0
}

async function stopped(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) await new Promise(() => {})
  else if (!signal.aborted) await once(signal, 'abort')
}

const quote = (text: string) => (/^[\w./@%+=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

function readWhole(name: string, text: string | undefined, fallback: number, max: number): number {
  const value = readNumberOption(name, text) ?? fallback
  if (Number.isInteger(value) && value >= (name === 'port' ? 0 : 1) && value <= max) return value
  throw new UsageError(`--${name} must be a whole number of at most ${max}`)
}

async function readSecret(file: string | undefined, env: Terminal['env']): Promise<string | undefined> {
  const text = file === undefined ? env[clientSecretVariable] : await readOptionFile('--client-secret-file', file)
  const secret = text?.toString().trim()
  return secret === '' ? undefined : secret
}
