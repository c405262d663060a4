/** The TypeScript on the page of the package for web-standard requests. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))

test('the Hono application in TypeScript compiles, and rejects a request without credentials', async () => {
  const page = readFileSync(`${repository}/packages/web/README.md`, 'utf8')
  const [, code = ''] = /```ts\n(.*?)```/s.exec(page) ?? []
  expect(code).toContain('new Hono')
  // Inside the repository, so that imports find the packages by name.
  const folder = `${repository}/.tmp/web-page-${randomUUID()}`
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  // The page listens on a fixed port. This answers one request without it.
  writeFileSync(`${folder}/server.ts`, code.replace(/^serve\(.*\n/m, ''))
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    outDir: '.',
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['server.ts'] }))
  const tsc = `${repository}/node_modules/typescript/bin/tsc`
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
  const { app } = (await import(`${folder}/server.js`)) as { app: { request(path: string): Promise<Response> } }
  expect((await app.request('/health')).status).toBe(200)
  const rejected = await app.request('/orders')
  expect(rejected.status).toBe(401)
  expect(rejected.headers.get('www-authenticate')).toMatch(/^DPoP /)
}, 120_000)
