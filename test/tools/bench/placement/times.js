// @ts-check
// How long each kind of signature takes to verify on this version of Node.js. Prints JSON.
import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'
import { proofAlgorithms, runtimeHas } from '../../../../packages/core/dist/proof/algorithms.js'

const postQuantum = /** @type {const} */ (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])
const turns = 12
const turnMicroseconds = 15_000
const text = Buffer.alloc(600, 'a')

/** @type {Record<string, () => { publicKey: import('node:crypto').KeyObject, privateKey: import('node:crypto').KeyObject }>} */
const makers = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RS256, 4096 bits': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  // The types of Node.js 20 do not know them.
  'ML-DSA-44': () => Reflect.apply(generateKeyPairSync, undefined, ['ml-dsa-44']),
  'ML-DSA-65': () => Reflect.apply(generateKeyPairSync, undefined, ['ml-dsa-65']),
  'ML-DSA-87': () => Reflect.apply(generateKeyPairSync, undefined, ['ml-dsa-87']),
}

/** @type {Record<string, number>} */
const microseconds = {}
/** @type {Record<string, string>} */
const placements = {}
for (const [name, make] of Object.entries(makers)) {
  const [algorithm = ''] = name.split(',')
  const { digest, verification, verifyOptions } =
    proofAlgorithms[/** @type {keyof typeof proofAlgorithms} */ (algorithm)]
  placements[name] = name === algorithm ? verification : 'moderate'
  const newer = postQuantum.find((one) => one === algorithm)
  if (newer !== undefined && !runtimeHas(newer)) continue
  const { publicKey, privateKey } = make()
  const padding = algorithm === 'RS256' ? { padding: constants.RSA_PKCS1_PADDING } : verifyOptions
  const signature = sign(digest, text, { key: privateKey, ...padding })
  const key = { key: publicKey, ...verifyOptions }
  microseconds[name] = Math.min(...Array.from({ length: turns }, () => measure(digest, key, signature)))
}
console.log(JSON.stringify({ microseconds, placements }))

/** @param {string | null} digest @param {import('node:crypto').VerifyKeyObjectInput} key @param {Buffer} signature */
function measure(digest, key, signature) {
  const before = process.cpuUsage()
  let count = 0
  let used = 0
  while (used < turnMicroseconds) {
    for (let index = 0; index < 16; index++) if (!verify(digest, text, key, signature)) throw new Error('not verified')
    count += 16
    const { user, system } = process.cpuUsage(before)
    used = user + system
  }
  return used / count
}
