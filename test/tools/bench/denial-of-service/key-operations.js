// @ts-check
// Counts signature verifications and key imports of this process: they are what only a cost of its own class may need.
import { createRequire, syncBuiltinESMExports } from 'node:module'

/** The one object whose members every import of `node:crypto` follows. */
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

/** How many there were since the process began. */
export const keyOperations = () => count
