// @ts-check
// Runs the guard in Cloudflare's workerd: `npm run test:workerd`. Sends good requests of each algorithm, and every invalid request
// that fits its guard. The runtime has its own manifest and lock file, so that a normal install does not include it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import { createTestIssuer } from '@dpop-guard/testing'
import { invalidRequests } from '@dpop-guard/testing/invalid-requests'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** @param {string} file */
const modified = (file) => statSync(`${here}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
const [{ Miniflare }, { build }] = await Promise.all([import('miniflare'), import('esbuild')])

const bundle = await build({
  entryPoints: [`${here}worker.js`],
  bundle: true,
  write: false,
  format: 'esm',
  conditions: ['workerd', 'worker'],
  external: ['node:*'],
  nodePaths: [`${root}node_modules`],
})
const issuer = await createTestIssuer()
const worker = new Miniflare({
  modules: true,
  script: bundle.outputFiles[0]?.text ?? '',
  compatibilityDate: '2026-07-01',
  compatibilityFlags: ['nodejs_compat'],
  bindings: { ISSUER: issuer.issuer },
})
const origin = (await worker.ready).origin

/** What the worker changes before the guard sees it. The guard then decides about what is left. */
const changed =
  /^(?:target-|bearer-target-|host|token-in-query-absolute-target|authorization-(?:behind-basic|first-empty|bearer-twice|basic-twice)$)/
const results = { passed: 0, changed: 0, failed: 0 }

/**
 * @param {string} name
 * @param {number} actual
 * @param {number} expected
 */
function note(name, actual, expected) {
  const result = actual === expected ? 'passed' : changed.test(name) ? 'changed' : 'failed'
  results[result]++
  if (result !== 'passed') console.log(`${name}: ${actual} instead of ${expected} (${result})`)
}

for (const alg of /** @type {const} */ (['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA'])) {
  const client = issuer.createClient({ alg, publicUrl: 'https://api.example.com' })
  const first = await client.fetch(`${origin}/all-algorithms`)
  note(`a good request with ${alg}`, first.status, 200)
  note(
    `a replay with ${alg}`,
    (await client.fetch(`${origin}/all-algorithms`, { invalid: 'proof-replayed' })).status,
    401,
  )
}
const client = issuer.createClient({ publicUrl: 'https://api.example.com' })
for (const [name, invalid] of Object.entries(invalidRequests)) {
  try {
    note(name, (await client.fetch(`${origin}/orders`, { invalid })).status, invalid.expected.status)
  } catch (error) {
    note(name, Number.NaN, invalid.expected.status)
    console.log(String(error))
  }
}

await worker.dispose()
await issuer.close()
// The Durable Object of the page on hosts.
const page = readFileSync(join(root, 'packages/core/docs/hosts.md'), 'utf8')
const code = [...page.matchAll(/```js\n(.*?)```/gs)]
  .map(([, block = '']) => block)
  .find((block) => block.includes('class UsedProofs'))
const folder = mkdtempSync(join(here, 'node_modules/.durable-'))
writeFileSync(join(folder, 'store.mjs'), code ?? '')
const { durableReplayStore } = await import(join(folder, 'store.mjs'))
rmSync(folder, { recursive: true })
const objects = new Miniflare({
  modules: true,
  script: `${code}\nexport default { fetch: () => new Response() }`,
  compatibilityDate: '2026-07-01',
  durableObjects: { USED_PROOFS: 'UsedProofs' },
})
const namespace = await objects.getDurableObjectNamespace('USED_PROOFS')
for (const [index, { name, run }] of replayStoreContract.entries()) {
  // Keys of its own are an empty store.
  const create = () => ({
    /** @param {string} key @param {number} ttlSeconds */
    addIfAbsent: (key, ttlSeconds) => durableReplayStore(namespace).addIfAbsent(`${index}-${key}`, ttlSeconds),
  })
  const failed = await run({ store: create(), peer: create(), advance: (seconds) => sleep(seconds * 1000 + 20) }).then(
    () => 0,
    (error) => String(error),
  )
  results[failed === 0 ? 'passed' : 'failed']++
  if (failed !== 0) console.log(`${name}: ${failed}`)
}
await objects.dispose()

console.log(results)
process.exitCode = results.failed === 0 && results.passed > 100 ? 0 : 1
