// Readers copy the folder of an example, so it imports nothing from outside, and its package.json names all dependencies.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'examples')

/** These import the other examples, because they start them. */
const shows = ['demo', 'playground']

/** These are no npm workspaces, because the programs that run them are large. Their versions are those of the example. */
const elsewhere: Readonly<Record<string, { programs: readonly string[]; main: string }>> = {
  cloudflare: { programs: ['wrangler'], main: 'worker.js' },
  next: { programs: ['next', 'react', 'react-dom', '@types/react'], main: 'guard.ts' },
}

const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const alone = names.filter((name) => !shows.includes(name))

function sourcesOf(example: string): { file: string; text: string }[] {
  return readdirSync(join(folder, example), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file) && !/\b(?:node_modules|dist|\.next)\b/.test(file))
    .map((file) => ({ file: join(folder, example, file), text: readFileSync(join(folder, example, file), 'utf8') }))
}

interface Manifest {
  version: string
  scripts: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))

/** Static and dynamic imports, also those in JSDoc types. */
const importsOf = (text: string) =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => target)

const packageOf = (target: string) =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')

/** Every path that leaves the folder of the example. */
function pathsOutside(example: string): string[] {
  const inside = `${join(folder, example)}/`
  return sourcesOf(example).flatMap(({ file, text }) => {
    const paths = [...text.matchAll(/'(\.{1,2}\/[^']*)'/g)].map(([, path = '']) => path)
    return paths.filter((path) => !join(dirname(file), path).startsWith(inside)).map((path) => `${file}: ${path}`)
  })
}

test('the examples are here', () => {
  expect(alone).toEqual(
    expect.arrayContaining(['client', 'cluster', 'express', 'fastify', 'http2', 'koa', 'mcp', 'metrics', 'websocket']),
  )
})

test.each(alone)('%s imports nothing from outside its own folder', (example) => {
  expect(sourcesOf(example)).not.toEqual([])
  expect(pathsOutside(example)).toEqual([])
})

test('the demo imports other examples, so such imports are found', () => {
  expect(pathsOutside('demo')).toContainEqual(expect.stringContaining('../../mcp/app.js'))
})

describe.each(alone)('the package.json of %s', (example) => {
  const { scripts, dependencies = {}, devDependencies = {} } = readManifest(`examples/${example}`)
  const { programs = [], main: itsMain } = elsewhere[example] ?? {}
  const repository = readManifest('.').devDependencies ?? {}
  const { version: ourVersion } = readManifest('packages/core')

  test('names every package that the example imports, and no other', () => {
    const targets = sourcesOf(example).flatMap(({ text }) => importsOf(text))
    const imported = targets.filter((target) => !target.startsWith('.') && !isBuiltin(target)).map(packageOf)
    // A framework may need packages that only it imports.
    const peers = imported.flatMap((name) => Object.keys(readManifest(`node_modules/${name}`).peerDependencies ?? {}))
    const needed = [...imported, ...peers, ...programs]
    const unused = Object.keys(dependencies).filter((name) => !needed.includes(name))
    expect(imported.filter((name) => !(name in dependencies))).toEqual([])
    expect(unused).toEqual([])
  })

  test('names the exact versions that the repository tests', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      const ours = name.startsWith('@dpop-guard/')
      const exact = programs.includes(name) ? expect.stringMatching(/^\d+\.\d+\.\d+$/) : repository[name]
      expect({ name, version }).toEqual({ name, version: ours ? ourVersion : exact })
    }
  })

  test('has a start script, and the file that it starts says how to run it', () => {
    const [, main = itsMain ?? ''] = /node (?:dist\/)?([\w-]+\.js)$/.exec(scripts.start ?? '') ?? []
    const path = [main, main.replace('.js', '.ts')].map((file) => join(folder, example, file)).find(existsSync) ?? ''
    const [comment = ''] = /^(?:\/\/.*\n)+/.exec(readFileSync(path, 'utf8')) ?? []
    expect(comment).toContain('npm start')
  })
})
