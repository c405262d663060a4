import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { documents } from './documents.js'

const repository = new URL('../../', import.meta.url)
const examples = readdirSync(new URL('examples', repository), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:js|ts|json|html)$/.test(file) && !/\b(?:node_modules|dist)\b/.test(file))
  .map((file) => `examples/${file}`)

/** A secret that is written in code, or that is the default for a missing variable. */
const usable = [
  /(?:SECRET|TOKEN|PASSWORD|PASSWD|_KEY|CREDENTIAL)\w*['"]?\]?\s*(?:\?\?=?|\|\|=?|,|=)\s*['"`](?!['"`])/,
  /\bsecrets:\s*\[\s*['"`]/,
  /\bClientSecret\w+\(\s*['"`]/,
]

const usableSecrets = (text: string) => text.split('\n').filter((line) => usable.some((secret) => secret.test(line)))

describe('code that readers copy has no usable secret', () => {
  test.each([...documents, ...examples])('%s', (file) => {
    expect(usableSecrets(readFileSync(new URL(file, repository), 'utf8'))).toEqual([])
  })

  test.each([
    "nonce: { secrets: [process.env.NONCE_SECRET ?? 'a secret'] }",
    "const secret = process.env['NONCE_SECRET'] || 'a secret'",
    "const { API_PASSWORD = 'hunter2' } = process.env",
    "nonce: { secrets: ['a secret'] }",
    'ClientSecretBasic("a secret")',
  ])('this would be found: %s', (line) => {
    expect(usableSecrets(line)).toHaveLength(1)
  })
})
