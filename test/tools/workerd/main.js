// @ts-check
// Runs the guard in Cloudflare's workerd: `npm run test:workerd`. Sends good requests of each algorithm, and every invalid request
// that fits its guard. Then it runs examples/cloudflare. The runtime has its own manifest and lock file, so that a normal install does not include it.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import { createProofClient, createTestIssuer } from '@dpop-guard/testing'
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

/** @param {string} entryPoint */
async function bundle(entryPoint) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['node:*'],
    nodePaths: [`${root}node_modules`],
  })
  return outputFiles
}

const [code] = await bundle(`${here}worker.js`)
const issuer = await createTestIssuer()
const worker = new Miniflare({
  modules: true,
  script: code?.text ?? '',
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

const urlParser = 'its URL parser removes dot segments and backslashes: /orders is left'
/** The requests that are good as they arrive. Nothing in the Worker shows what was sent. */
const acceptedAsArrived = {
  'authorization-first-empty': 'the empty field is dropped before there is a Request: the good one is left',
  'target-climbs-above-root': urlParser,
  'target-dot-first': urlParser,
  'target-climbs': urlParser,
  'target-climbs-encoded': urlParser,
  'target-climbs-encoded-upper-case': urlParser,
  'target-climbs-second-encoded': urlParser,
  'target-climbs-first-encoded': urlParser,
  'target-dot-encoded-first': urlParser,
  'target-climbs-twice': urlParser,
  'target-climbs-by-backslashes': urlParser,
  'target-climbs-with-proof': urlParser,
}
/** @type {string[]} */
const accepted = []

/**
 * The same request is rejected if somebody sends it who does not have the client's key.
 * @param {string} name
 * @param {import('@dpop-guard/testing/invalid-requests').InvalidRequest} invalid
 */
async function checkWithoutKey(name, invalid) {
  const other = createProofClient()
  /** @type {Record<string, import('@dpop-guard/testing/invalid-requests').Mutation>} */
  const attempts = {
    'a proof of another key': {
      dpop: ({ payload }) => other.proof({ method: 'GET', url: '', claims: payload }),
    },
    'a proof with a changed signature': { dpop: ({ proof }) => changeSignature(proof) },
    'the token alone': { dpop: [] },
    'the proof alone': { authorization: [] },
  }
  for (const [part, attempt] of Object.entries(attempts)) {
    const changed = {
      ...invalid,
      /** @param {import('@dpop-guard/testing/invalid-requests').ValidRequest} valid */
      mutate: (valid) => [invalid.mutate(valid)].flat().map((mutation) => ({ ...mutation, ...attempt })),
    }
    const { status } = await client.fetch(`${origin}/orders`, { invalid: changed })
    note(`${name}, with ${part}`, status, 401)
  }
}

/**
 * Other bits in the middle of the signature.
 * @param {string} jws
 */
function changeSignature(jws) {
  const index = jws.length - 20
  return jws.slice(0, index) + (jws[index] === 'A' ? 'B' : 'A') + jws.slice(index + 1)
}

for (const [name, invalid] of Object.entries(invalidRequests)) {
  try {
    const { status } = await client.fetch(`${origin}/orders`, { invalid })
    note(name, status, invalid.expected.status)
    if (status === 200) {
      accepted.push(name)
      await checkWithoutKey(name, invalid)
    }
  } catch (error) {
    note(name, Number.NaN, invalid.expected.status)
    console.log(String(error))
  }
}

console.log('accepted as they arrive:', acceptedAsArrived)
note(
  'the requests that are accepted are those of the list',
  Number(isDeepStrictEqual(accepted, Object.keys(acceptedAsArrived))),
  1,
)
if (results.failed > 0) console.log('accepted:', accepted)
await worker.dispose()
await issuer.close()

// The Worker of examples/cloudflare, as its wrangler.json configures it.
const example = join(root, 'examples/cloudflare')
const config = JSON.parse(readFileSync(join(example, 'wrangler.json'), 'utf8'))
const [script] = await bundle(join(example, config.main))
const exampleIssuer = await createTestIssuer()
const [binding] = config.durable_objects.bindings
/** @param {string} name @param {{ scriptName?: string }} [ofWorker] */
const workerOf = (name, ofWorker = {}) => ({
  name,
  modules: true,
  script: script?.text ?? '',
  compatibilityDate: config.compatibility_date,
  compatibilityFlags: config.compatibility_flags,
  bindings: { ...config.vars, ISSUER: exampleIssuer.issuer },
  durableObjects: { [binding.name]: { className: binding.class_name, useSQLite: true, ...ofWorker } },
})
// The second Worker has a memory of its own, and the objects of the first.
const objects = new Miniflare({ workers: [workerOf('first'), workerOf('second', { scriptName: 'first' })] })
const first = (await objects.ready).origin
const second = await objects.getWorker('second')
const caller = exampleIssuer.createClient({ publicUrl: config.vars.RESOURCE })
const poor = exampleIssuer.createClient({ publicUrl: config.vars.RESOURCE, scopes: ['other'] })
const headersOf = (client = caller) => ({ ...client.headers({ url: '/orders' }) })
const ask = (headers = {}, path = '/orders') => fetch(first + path, { headers })
const askSecond = (headers = {}) => second.fetch(`${first}/orders`, { headers })

// The guard does not exist yet, and all of these wait for the same keys.
const together = await Promise.all(Array.from({ length: 8 }, () => ask(headersOf())))
for (const { status } of together) note('the example: one of the first requests', status, 200)
const used = headersOf()
note('the example: its health check', (await ask({}, '/health')).status, 200)
note('the example: no credentials', (await ask()).status, 401)
note('the example: a good request', (await ask(used)).status, 200)
note('the example: a replay', (await ask(used)).status, 401)
note('the example: a replay in another isolate', (await askSecond(used)).status, 401)
note('the example: a good request in another isolate', (await askSecond(headersOf())).status, 200)
note('the example: a token without the scope', (await ask(headersOf(poor))).status, 403)

// The Durable Object alone.
const { durableReplayStore } = await import(join(example, 'used-proofs.js'))
const namespace = await objects.getDurableObjectNamespace(binding.name, 'first')
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
await exampleIssuer.close()

console.log(results)
process.exitCode = results.failed === 0 && results.passed > 100 ? 0 : 1
