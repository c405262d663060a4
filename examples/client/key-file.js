// @ts-check
import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** @typedef {import('node:crypto').webcrypto.JsonWebKey} JsonWebKey */

const { subtle } = globalThis.crypto

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

const ownerOnly = 0o600

/**
 * Opens the file with the client's key, or makes a new key and stores it there. A refresh token needs the same key in the next run.
 * Only the file's owner can read it. Where the operating system has a key store, that is a better place.
 *
 * @param {string} path
 */
export async function openKeyFile(path) {
  const kept = await readKey(path)
  const jwk = kept ?? (await makeKey(path))
  const { d: _, ...publicJwk } = jwk
  return {
    made: kept === undefined,
    keys: {
      // Nothing in this process can export it.
      privateKey: await subtle.importKey('jwk', jwk, algorithm, false, ['sign']),
      publicKey: await subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']),
    },
  }
}

/** @param {string} path @returns {Promise<JsonWebKey | undefined>} */
async function readKey(path) {
  const file = await open(path, 'r').catch((/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const { mode } = await file.stat()
    if ((mode & (constants.S_IRWXG | constants.S_IRWXO)) !== 0) throw new Error(`others can read ${path}: chmod 600 it`)
    return JSON.parse(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

/** @param {string} path @returns {Promise<JsonWebKey>} */
async function makeKey(path) {
  const { privateKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { kty = '', crv = '', x = '', y = '', d = '' } = await subtle.exportKey('jwk', privateKey)
  const jwk = { kty, crv, x, y, d }
  await mkdir(dirname(path), { recursive: true })
  // `wx` fails if there is a file already. The mode is set when the file is created, so others can never read it.
  const file = await open(path, 'wx', ownerOnly)
  try {
    await file.writeFile(JSON.stringify(jwk))
  } finally {
    await file.close()
  }
  return jwk
}
