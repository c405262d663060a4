/** Runs the examples as a user does: each in its own process, on the built packages. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dpopGuard, getAuth } from '@dpop-guard/express'
import express, { type RequestHandler } from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startAuthorizationServer } from '../../../examples/demo/authorization-server.js'
import { visit } from '../../../examples/demo/browser.js'
import { findFreePort } from '../../support/free-port.js'
import { listenOnLoopback } from '../../support/listen.js'
import { createProofClient } from '../../support/proof-client.js'
import { sendRequest } from '../../support/raw-http.js'
import { startIssuerServer } from '../../support/test-issuer.js'

const run = promisify(execFile)
const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
const pathOf = (example: string) => fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url))

const allAsExpected = /^([1-9]\d*) of \1 answers as expected$/

describe('stories', () => {
  test.each(['demo/main.js', 'demo/stories/mcp.js', 'demo/stories/websocket.js', 'demo/stories/http2.js'])(
    '%s gets every expected answer',
    async (story) => {
      // A status other than 0 rejects.
      const { stdout, stderr } = await run(process.execPath, [pathOf(story)], { env: {}, timeout: 120_000 })
      expect(stdout.trimEnd().split('\n').at(-1)).toMatch(allAsExpected)
      expect(stderr).toBe('')
    },
  )
})

describe('the program with its own key', { timeout: 120_000 }, () => {
  test('saves its key for the next run, in a file that only its owner can read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dpop-guard-client-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'keys', 'key.json')
    const runClient = () =>
      run(process.execPath, [pathOf('demo/stories/client.js')], { env: { KEY_FILE: file }, timeout: 120_000 })
    const thumbprint = (text: string) => /thumbprint ([\w-]{43})\n/.exec(text)?.[1]

    const first = await runClient()
    expect(first.stdout).toContain(`The key is new, and stored in ${file}\n`)
    expect(first.stdout.trimEnd().split('\n').at(-1)).toMatch(allAsExpected)
    expect(first.stderr).toBe('')
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600')

    const second = await runClient()
    expect(second.stdout).toContain(`The key is from an earlier run, in ${file}\n`)
    expect(thumbprint(second.stdout)).toBeDefined()
    expect(thumbprint(second.stdout)).toBe(thumbprint(first.stdout))

    await chmod(file, 0o640)
    await expect(runClient()).rejects.toThrow(/others can read .*key\.json/)
  })

  test('calls an API after the browser has brought it a code', async () => {
    const [folder, port, api] = [
      await mkdtemp(join(tmpdir(), 'dpop-guard-client-')),
      await findFreePort(),
      await listenOnLoopback(),
    ]
    onTestFinished(() => rm(folder, { recursive: true }))
    onTestFinished(api.close)
    const resource = `http://127.0.0.1:${api.port}`
    const redirectUri = `http://127.0.0.1:${port}/callback`
    const registration = { clientId: 'program', redirectUri }
    const { issuer, close } = await startAuthorizationServer({ resources: [resource], publicClients: [registration] })
    onTestFinished(close)
    api.server.on('request', express().use(dpopGuard({ issuer, resource })).get('/orders', sendSubject))

    const env = {
      ISSUER: issuer,
      CLIENT_ID: registration.clientId,
      RESOURCE: resource,
      CALLBACK_PORT: String(port),
      KEY_FILE: join(folder, 'key.json'),
    }
    const program = startProcess([pathOf('client/main.js')], env)
    const [, address = ''] = await program.printed(/^open (http:.*)$/m)
    const callback = await visit(new URL(address), redirectUri)
    expect(await (await fetch(callback)).text()).toContain('You can close this page')
    await program.printed(/^200 alice$/m)
    expect(await program.ended()).toBe(0)
    expect(program.stderr()).toBe('')
  })
})

const sendSubject: RequestHandler = (request, response) => {
  response.send(getAuth(request).subject)
}

describe('npm start', { timeout: 120_000 }, () => {
  test('ends after the demo with --once', async () => {
    const { stdout, stderr } = await run(process.execPath, [pathOf('playground/main.js'), '--once'], {
      timeout: 120_000,
    })
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(allAsExpected)
    expect(stderr).toBe('')
  })

  test('without --once, serves the playground until it is interrupted', async () => {
    const playground = startProcess([pathOf('playground/main.js')], {})
    const [, origin = ''] = await playground.printed(/open (http:\/\/127\.0\.0\.1:\d+) /)
    expect(playground.stdout()).toMatch(/^([1-9]\d*) of \1 answers as expected$/m)
    const page = await fetch(origin)
    expect(await page.text()).toContain('<title>DPoP, step by step</title>')

    // An open page does not keep it alive.
    const stream = await fetch(`${origin}/events`)
    playground.interrupt()
    expect(await playground.ended()).toBe(0)
    await stream.body?.cancel().catch(() => undefined)
    expect(playground.stderr()).toBe('')
  })
})

describe.each(['express', 'koa', 'fastify', 'nestjs'])('the server on %s', (example) => {
  test('accepts a client with a good proof, rejects others, and answers health checks', async () => {
    // Its own compiler options, as its "npm start" uses them.
    await run(process.execPath, [tsc, '-p', pathOf(example)])
    const issuer = await startIssuerServer()
    onTestFinished(issuer.close)
    const port = await findFreePort()
    const resource = `http://127.0.0.1:${port}`
    const env = { ISSUER: issuer.issuer, RESOURCE: resource, PORT: String(port) }
    const server = startProcess([pathOf(`${example}/dist/server.js`)], env)
    await server.printed(/^listening on .*$/m)

    const now = Math.floor(Date.now() / 1000)
    const client = createProofClient()
    const scope = 'orders:read orders:write'
    const accessToken = issuer.mint({ now, aud: resource, scope, cnf: { jkt: client.jkt } })
    const send = (method: 'GET' | 'POST', target: string, headers: string[] = []) =>
      sendRequest({ port, method, target, headers: ['Host', `127.0.0.1:${port}`, ...headers] })
    const call = (method: 'GET' | 'POST') => {
      const proof = client.proof({ method, url: `${resource}/orders`, now, accessToken })
      return send(method, '/orders', ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof])
    }

    const accepted = await call('GET')
    expect(accepted.status).toBe(200)
    expect(JSON.parse(accepted.body)).toEqual({ for: 'alice', orders: [] })
    const created = await call('POST')
    expect(created.status).toBe(201)
    expect(JSON.parse(created.body)).toMatchObject({ for: 'alice' })

    const rejected = await send('GET', '/orders')
    expect(rejected.status).toBe(401)
    expect(rejected.header('WWW-Authenticate')).toEqual([expect.stringMatching(/^DPoP /)])

    expect((await send('GET', '/health')).status).toBe(200)
    expect(server.stderr()).toBe('')
  })
})

describe.each(['mcp', 'websocket', 'http2', 'metrics'])('the server of %s', (example) => {
  test('starts without other services', async () => {
    const server = startProcess([pathOf(`${example}/server.js`)], { PORT: '0' })
    await server.printed(/^listening on .*$/m)
    expect(server.stderr()).toBe('')
  })
})

interface Process {
  stdout(): string
  stderr(): string
  /** Waits until its output matches. Rejects if it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  interrupt(): void
  /** Waits for its end. Returns its exit code. */
  ended(): Promise<number | null>
}

/** Runs a script of Node. The process ends with the test. */
function startProcess(args: string[], env: Record<string, string>): Process {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill()
    await closed
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
    })
  }
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output.stdout)
          if (match !== null) resolve(match)
        }
        look()
        child.stdout.on('data', look)
        closed.then(() => reject(new Error(`it ended early:\n${output.stdout}${output.stderr}`)), reject)
      }),
    interrupt: () => void child.kill('SIGINT'),
    ended: async () => (await closed)[0],
  }
}
