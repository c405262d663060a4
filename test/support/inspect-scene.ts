/** The command dpop-inspect on its own terminal, with a good proof and its access token. */
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { runCommand } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { onTestFinished } from 'vitest'
import { listenOnLoopback } from './listen.js'

export const now = 1_800_000_000
export const url = 'https://api.example.com/orders'
export const client = createProofClient()
export const issuer = createTokenIssuer()

export interface Run {
  code: number
  stdout: string
  /** Standard output before it is read as UTF-8. */
  bytes: Buffer
  stderr: string
}

export interface RunOptions {
  input?: string
  tty?: boolean
  env?: Record<string, string>
  stop?: AbortSignal
}

/** Runs a command line on its own terminal. */
export async function run(
  args: readonly string[],
  { input, tty = false, env = {}, stop }: RunOptions = {},
): Promise<Run> {
  const sink = () => {
    const chunks: Buffer[] = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(Buffer.from(chunk))
        done()
      },
    })
    return { stream: Object.assign(stream, { isTTY: tty }), bytes: () => Buffer.concat(chunks) }
  }
  const [stdout, stderr] = [sink(), sink()]
  const stdin = Object.assign(Readable.from(input === undefined ? [] : [input]), { isTTY: input === undefined })
  const code = await runCommand(args, { stdin, stdout: stdout.stream, stderr: stderr.stream, env, stop })
  const bytes = stdout.bytes()
  return { code, stdout: bytes.toString('utf8'), bytes, stderr: stderr.bytes().toString('utf8') }
}

export const token = issuer.mint({ now, cnf: { jkt: client.jkt } })
export const proof = () => client.proof({ method: 'GET', url, now, accessToken: token })
export const known = ['--method', 'GET', '--url', url, '--now', String(now)]

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'dpop-guard-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Starts a server with these answers. Returns its origin. */
export async function startServer(answer: (origin: string) => Answer): Promise<string> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', answer(origin))
  return origin
}

/** Valid JSON, and an object that does not convert to a string. */
export const textless = { toString: 1 }

/** Clears a terminal, sets its title and changes the direction of text. */
export const escapes = '\u001b[2J\u001b]0;x\u0007\u009b2J\u202e'

export const controls = /[^\P{C}\n]/u

/** `step outcome` of each line of a report. */
export const outcomes = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .flatMap((line) => /^ *(\d+|token) {2}(pass|FAIL| - {2})/.exec(line)?.slice(1).join(' ').trim() ?? [])
