/** Who pastes a quick start, sets its two addresses, and runs the printed command gets 200. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { findFreePort } from '../support/free-port.js'
import { readCode } from './code.js'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))
const inspect = `${repository}/packages/inspect/bin/dpop-inspect.js`

/** Inside the repository, so that imports find the packages by name. */
let folder: string

beforeAll(() => {
  mkdirSync(`${repository}/.tmp`, { recursive: true })
  folder = mkdtempSync(`${repository}/.tmp/first-200-`)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(['express', 'koa', 'fastify', 'web'])(
  'the quick start of %s answers 200 to the printed command',
  async (name) => {
    const [api, issuer] = [await findFreePort(), await findFreePort()]
    const code = readCode(`packages/${name}/README.md`).find((block) => block.includes('3000'))
    const server = `${folder}/${name}.mjs`
    writeFileSync(
      server,
      (code ?? '')
        .replaceAll('https://as.example.com', `http://127.0.0.1:${issuer}`)
        .replaceAll('https://api.example.com', `http://127.0.0.1:${api}`)
        .replace('3000', String(api)),
    )
    start([server])
    const key = `${folder}/${name}.json`
    const printed = start([
      ...[inspect, 'issuer', '--port', String(issuer), '--resource', `http://127.0.0.1:${api}`, '--key', key],
    ])
    await vi.waitFor(() => expect(printed()).toContain('Ctrl+C stops it'), { timeout: 60_000 })
    await vi.waitFor(() => fetch(`http://127.0.0.1:${api}/orders`), { timeout: 60_000 })

    const [command = ''] = /DPOP_ACCESS_TOKEN=.*\\\n.*/.exec(printed()) ?? []
    expect(command).toContain(`npx @dpop-guard/inspect request GET http://127.0.0.1:${api}/orders`)
    const { stdout } = await run('sh', [
      '-c',
      command.replace('npx @dpop-guard/inspect', `'${process.execPath}' '${inspect}'`),
    ])
    expect(stdout).toMatch(/^200 OK\n/)
    expect(stdout).toContain('{"for":"dev"}')
  },
)

test('the page on issuers gets a token with one line', async () => {
  const port = await findFreePort()
  const printed = start([inspect, 'issuer', '--port', String(port), '--key', `${folder}/issuers.json`])
  await vi.waitFor(() => expect(printed()).toContain('Ctrl+C stops it'), { timeout: 60_000 })
  const page = readFileSync(`${repository}/packages/core/docs/issuers.md`, 'utf8')
  const [line = ''] = /^export TOKEN=.*$/m.exec(page) ?? []
  const command = line.replace('npx @dpop-guard/inspect', `'${process.execPath}' '${inspect}'`)
  const { stdout } = await run('sh', ['-c', `${command}; printf %s "$TOKEN"`], {
    cwd: folder,
    env: {
      ...process.env,
      TOKEN_ENDPOINT: `http://127.0.0.1:${port}/token`,
      CLIENT_ID: 'dev',
      CLIENT_SECRET: /^client secret +(\S+)$/m.exec(printed())?.[1],
    },
  })
  const [, claims = ''] = stdout.split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    client_id: 'dev',
    cnf: { jkt: expect.any(String) },
  })
})

/** Runs a program until the test is finished. Returns a function that returns its output so far. */
function start(args: readonly string[]): () => string {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  return () => output
}
