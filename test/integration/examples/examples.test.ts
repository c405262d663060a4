/** The examples as a user runs them: each in a process of its own, on the built packages. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../../support/listen.js'
import { createProofClient } from '../../support/proof-client.js'
import { sendRequest } from '../../support/raw-http.js'
import { startIssuerServer } from '../../support/test-issuer.js'

const run = promisify(execFile)
const pathOf = (example: string) => fileURLToPath(new URL(`../../../examples/${example}`, import.meta.url))

describe('stories that run to their end', () => {
  test.each([
    { example: 'demo', tries: 45 },
    { example: 'mcp', tries: 7 },
    { example: 'websocket', tries: 8 },
    { example: 'http2', tries: 9 },
  ])('$example gets every answer it expects', async ({ example, tries }) => {
    // A status other than 0 rejects.
    const { stdout, stderr } = await run(process.execPath, [pathOf(`${example}/main.js`)], { env: {}, timeout: 50_000 })
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${tries} of ${tries} answers as expected`)
    expect(stderr).toBe('')
  })
})

describe('the program with a key of its own', { timeout: 120_000 }, () => {
  test('keeps its key for the next run, in a file that only its owner can read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dpop-guard-client-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'keys', 'key.json')
    const runClient = () =>
      run(process.execPath, [pathOf('client/main.js')], { env: { KEY_FILE: file }, timeout: 50_000 })
    const thumbprint = (text: string) => /thumbprint ([\w-]{43})\n/.exec(text)?.[1]

    const first = await runClient()
    expect(first.stdout).toContain(`The key is made, and kept in ${file}\n`)
    expect(first.stdout).toMatch(/\n9 of 9 answers as expected\n$/)
    expect(first.stderr).toBe('')
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600')

    const second = await runClient()
    expect(second.stdout).toContain(`The key of an earlier run, from ${file}\n`)
    expect(thumbprint(second.stdout)).toBeDefined()
    expect(thumbprint(second.stdout)).toBe(thumbprint(first.stdout))

    await chmod(file, 0o640)
    await expect(runClient()).rejects.toThrow(/others can read .*key\.json/)
  })
})

describe('what npm start runs', { timeout: 120_000 }, () => {
  test('ends after the demo with --once', async () => {
    const { stdout, stderr } = await run(process.execPath, [pathOf('playground/main.js'), '--once'], {
      timeout: 50_000,
    })
    expect(stdout).toMatch(/\n45 of 45 answers as expected\n$/)
    expect(stderr).toBe('')
  })

  test('stays up with the playground without, until it is interrupted', async () => {
    const child = spawn(process.execPath, [pathOf('playground/main.js')], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => stop(child))
    const output = { stdout: '', stderr: '' }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    const origin = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text
        const address = /open (http:\/\/127\.0\.0\.1:\d+) /.exec(output.stdout)?.[1]
        if (address !== undefined) resolve(address)
      })
      child.on('close', () => reject(new Error(`it ended early:\n${output.stdout}${output.stderr}`)))
    })
    expect(output.stdout).toContain('45 of 45 answers as expected')
    const page = await fetch(origin)
    expect(await page.text()).toContain('<title>DPoP, step by step</title>')

    // A page that is open does not hold it up.
    const stream = await fetch(`${origin}/events`)
    const closed = once(child, 'close')
    child.kill('SIGINT')
    expect(await closed).toEqual([0, null])
    await stream.body?.cancel().catch(() => undefined)
    expect(output.stderr).toBe('')
  })
})

describe.each(['express', 'koa', 'fastify'])('the server on %s', (example) => {
  test('serves who proves possession of a key, nobody else, and health checks', async () => {
    const issuer = await startIssuerServer()
    onTestFinished(issuer.close)
    const port = await findFreePort()
    const resource = `http://127.0.0.1:${port}`
    const { stderr } = await startServer(example, { ISSUER: issuer.issuer, RESOURCE: resource, PORT: String(port) })

    const now = Math.floor(Date.now() / 1000)
    const client = createProofClient()
    const accessToken = issuer.mint({ now, aud: resource, cnf: { jkt: client.jkt } })
    const get = (target: string, headers: string[] = []) =>
      sendRequest({ port, method: 'GET', target, headers: ['Host', `127.0.0.1:${port}`, ...headers] })

    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    const served = await get('/orders', ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof])
    expect(served.status).toBe(200)
    expect(JSON.parse(served.body)).toEqual({ for: 'alice', orders: [] })

    const refused = await get('/orders')
    expect(refused.status).toBe(401)
    expect(refused.header('WWW-Authenticate')).toEqual([expect.stringMatching(/^DPoP /)])

    expect((await get('/health')).status).toBe(200)
    expect(stderr()).toBe('')
  })
})

describe.each(['mcp', 'websocket', 'http2', 'metrics'])('the server of %s', (example) => {
  test('starts by itself', async () => {
    const { stderr } = await startServer(example, { PORT: '0' })
    expect(stderr()).toBe('')
  })
})

/** A port that was free a moment ago: a server that is told its own address before it starts needs one. */
async function findFreePort(): Promise<number> {
  const { port, close } = await listenOnLoopback()
  await close()
  return port
}

/** Runs an example's server until the test is finished. Rejects if it ends before it listens. */
async function startServer(example: string, env: Record<string, string>): Promise<{ stderr(): string }> {
  const child = spawn(process.execPath, [pathOf(`${example}/server.js`)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => stop(child))
  const output = { stdout: '', stderr: '' }
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
      if (/^listening on .*\n/.test(output.stdout)) resolve()
    })
    child.on('error', reject)
    child.on('close', () => reject(new Error(`${example}/server.js ended early:\n${output.stdout}${output.stderr}`)))
  })
  return { stderr: () => output.stderr }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill()
  await closed
}
