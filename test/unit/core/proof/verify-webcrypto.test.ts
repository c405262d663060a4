import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { tokenAlgorithms } from '../../../../packages/core/src/proof/algorithms.js'
import { verifiesAtOnce, verify } from '../../../../packages/core/src/proof/verify-webcrypto.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

const pairOf = (name: string): { publicKey: KeyObject; privateKey: KeyObject } => {
  if (/^(?:PS|RS)/.test(name)) return rsa
  if (name.startsWith('E') && !name.startsWith('ES')) return generateKeyPairSync('ed25519')
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[name] ?? ''
  return generateKeyPairSync('ec', { namedCurve })
}

const ask = (...parts: [...Parameters<typeof verify>] extends [...infer Rest, unknown] ? Rest : never) =>
  new Promise<string | boolean>((resolve) => {
    verify(...parts, (error, result) => resolve(error === null ? result : error.name))
  })

const bytes = (text: string) => new TextEncoder().encode(text)

test('it needs its callback', () => {
  expect(verifiesAtOnce).toBe(false)
})

/** The guard rejects the others there, because the runtime has no key for them. */
const supported = Object.entries(tokenAlgorithms).filter(([name]) => /^(?:ES|PS|RS|Ed)/.test(name))

describe.each(supported)('%s', (name, { digest, verifyOptions }) => {
  const { publicKey, privateKey } = pairOf(name)
  const key = { key: publicKey, ...verifyOptions }
  const signature = new Uint8Array(sign(digest, bytes('signed'), { key: privateKey, ...verifyOptions }))

  test('a signature verifies, also with the key that is imported already', async () => {
    expect(await ask(digest, bytes('signed'), key, signature)).toBe(true)
    expect(await ask(digest, bytes('signed'), key, signature)).toBe(true)
  })

  test('other bytes, another signature and another key do not verify', async () => {
    expect(await ask(digest, bytes('other'), key, signature)).toBe(false)
    const changed = signature.with(-1, (signature.at(-1) ?? 0) ^ 1)
    expect(await ask(digest, bytes('signed'), key, changed)).toBe(false)
    // Not the first byte: OpenSSL reads an RSASSA-PSS signature as a number, and one of 256 begins with a zero. The guard checks the length.
    expect(await ask(digest, bytes('signed'), key, signature.slice(0, -1))).toBe(false)
    if (/^(?:PS|RS)/.test(name)) return
    expect(await ask(digest, bytes('signed'), { ...key, key: pairOf(name).publicKey }, signature)).toBe(false)
  })

  test('a key that the algorithm cannot use is an error', async () => {
    const other = name.startsWith('ES') ? pairOf('Ed25519') : pairOf('ES256')
    expect(await ask(digest, bytes('signed'), { ...key, key: other.publicKey }, signature)).not.toBe(true)
  })
})

test('a signature of one RSA algorithm is no signature of the other', async () => {
  const { PS256, RS256 } = tokenAlgorithms
  const signature = new Uint8Array(sign('sha256', bytes('signed'), { key: rsa.privateKey, ...PS256.verifyOptions }))
  expect(await ask('sha256', bytes('signed'), { key: rsa.publicKey, ...RS256.verifyOptions }, signature)).toBe(false)
})
