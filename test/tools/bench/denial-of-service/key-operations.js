// @ts-check
// Counts the signature verifications and key imports of this process. Only inputs of a separate class may need them.
import { createRequire, syncBuiltinESMExports } from 'node:module'

/** The object whose members all imports of `node:crypto` share. */
const crypto = createRequire(import.meta.url)('node:crypto')
const subtle = Object.getPrototypeOf(crypto.webcrypto.subtle)

let count = 0

/** @param {any} owner @param {string} name */
function watch(owner, name) {
  const original = owner[name]
  owner[name] = function (/** @type {unknown[]} */ ...parts) {
    count++
    return original.apply(this, parts)
  }
}

for (const name of ['verify', 'createPublicKey', 'createVerify']) watch(crypto, name)
for (const name of ['verify', 'importKey']) watch(subtle, name)
syncBuiltinESMExports()

/** Their number since the process began. */
export const keyOperations = () => count
