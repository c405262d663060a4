/** The TypeScript on the page of the package for Nest compiles with the settings of Nest's template. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const folder = `${repository}/.tmp/nestjs-page`

test('the code on the page of the package for Nest compiles', async () => {
  const page = readFileSync(`${repository}/packages/nestjs/README.md`, 'utf8')
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  expect(blocks.length).toBeGreaterThan(3)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // One of the blocks imports the first one.
  const names = blocks.map((_, index) => (index === 0 ? 'app.module.ts' : `block-${index}.ts`))
  for (const [index, name] of names.entries()) writeFileSync(`${folder}/${name}`, blocks[index] ?? '')
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    isolatedModules: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: names }))
  const tsc = `${repository}/node_modules/typescript/bin/tsc`
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
}, 120_000)
