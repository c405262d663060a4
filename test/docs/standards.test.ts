import { readFileSync } from 'node:fs'
import { createGuard, failures, type GuardOptions } from '@dpop-guard/core'
import { expect, test } from 'vitest'
import { knownOptions } from '../../packages/core/src/options.js'
import { createScene } from '../support/guard-scene.js'

const page = readFileSync(new URL('../../packages/core/docs/standards.md', import.meta.url), 'utf8')
const spans = Array.from(page.matchAll(/`([^`]+)`/g), ([, code = '']) => code)

test('every reason that the page names is a reason of the core', () => {
  const named = spans.filter((code) => /^(?:token|proof|scope|nonce)_\w+$/.test(code))
  expect(new Set(named).size).toBeGreaterThan(8)
  for (const reason of named) expect(Object.keys(failures)).toContain(reason)
})

test('every option that the page names exists', () => {
  const words = spans.filter((code) => /^[a-z]+[A-Z]\w*$/.test(code) || /^\w+: /.test(code))
  const elsewhere = ['requireScopes', 'clientId']
  const named = words.map((code) => code.split(':')[0] ?? '').filter((name) => !elsewhere.includes(name))
  expect(new Set(named).size).toBeGreaterThan(6)
  for (const name of named) expect([...knownOptions, 'alg']).toContain(name)
})

test('the options without EdDSA are valid, and reject it', async () => {
  const options = { proof: { algorithms: ['ES256', 'PS256', 'Ed25519'] } } as const satisfies Partial<GuardOptions>
  expect(page).toContain("`proof: { algorithms: ['ES256', 'PS256', 'Ed25519'] }`")
  const scene = createScene(options)
  expect(() => createGuard(scene.options)).not.toThrow()
  const verdict = await scene.guard.check(scene.request({ proof: { header: { alg: 'EdDSA' } } }))
  expect(verdict).toMatchObject({ accepted: false, reason: 'proof_algorithm' })
})
