import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment, readCode } from './code.js'
import { documents } from './documents.js'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))
// Inside the repository, so that imports find the packages by name.
const folder = fileURLToPath(new URL('../../.tmp/snippets', import.meta.url))

// A snippet that listens ends when it has nothing else to do, and listens on a free port.
const shortLivedServers = new URL('short-lived-servers.js', import.meta.url).href

const snippets = documents.flatMap((document) =>
  readCode(document).map((code, index) => ({
    title: `${document} #${index + 1}`,
    file: `${document.replace(/\W/g, '-')}-${index + 1}.js`,
    code,
  })),
)

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  for (const { file, code } of snippets) writeFileSync(`${folder}/${file}`, code)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('code in the documentation', () => {
  test('exists', () => {
    expect(snippets.length).toBeGreaterThan(8)
  })

  test.each(snippets)('$title runs unchanged', async ({ file }) => {
    const { stderr } = await run(process.execPath, ['--import', shortLivedServers, `${folder}/${file}`], {
      timeout: 120_000,
      env: { ...process.env, ...environment },
    })
    expect(stderr).toBe('')
  })

  test.each(snippets.filter(({ code }) => code.includes('process.env.')))(
    '$title does not start without its environment variables',
    async ({ file }) => {
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in environment)))
      await expect(run(process.execPath, [`${folder}/${file}`], { timeout: 120_000, env })).rejects.toMatchObject({
        stderr: expect.stringContaining('is not set'),
      })
    },
  )

  test('has no type errors', async () => {
    const config = {
      extends: `${repository}/tsconfig.base.json`,
      compilerOptions: {
        composite: false,
        declaration: false,
        noEmit: true,
        allowJs: true,
        checkJs: true,
        skipLibCheck: true,
        noUnusedLocals: false,
        noUnusedParameters: false,
        noImplicitReturns: false,
        noImplicitAny: false,
      },
      include: ['*.js'],
    }
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config))
    const tsc = `${repository}/node_modules/typescript/bin/tsc`
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  }, 60_000)
})
