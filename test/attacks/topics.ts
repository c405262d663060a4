/**
 * The rows as they are on the runtime of this process. Bun and Deno have their own HTTP servers and cryptography, so a few rows
 * differ there. No difference is an acceptance: a row is rejected earlier or for another reason, or it cannot be made.
 */
import { hasMlDsa } from './profiles.js'
import type { Row } from './row.js'
import { topics as onNode } from './rows/index.js'

interface Differences {
  /** Rows that cannot be made, because the runtime's cryptography has no such key. */
  without: readonly string[]
  /** The members of a row that differ, by the name of the row. */
  changed: Readonly<Record<string, Partial<Row>>>
  /** Targets to which the runtime's server answers 400 because Fastify throws. Default: none. */
  notForFastify?: RegExp
}

const differences: Readonly<Record<string, Differences>> = {
  bun: {
    without: [
      'a good ES256K proof is rejected (proof-signed-es256k)',
      'ES256 with a secp256k1 key is rejected (jwk-secp256k1-as-es256)',
      'EdDSA with an Ed448 key is rejected (jwk-ed448-as-eddsa)',
      'Ed25519 with an Ed448 key is rejected (jwk-ed448-as-ed25519)',
    ],
    changed: {
      // Its server answers 400 to these, and leaves the last one to the guard.
      'an asterisk for a target is rejected (target-asterisk)': { nodeRejects: true },
      'an asterisk for the target of OPTIONS is rejected (target-asterisk-options)': { nodeRejects: true },
      'a target of scheme ftp is rejected (target-absolute-ftp)': { nodeRejects: true },
      'a whole URL with the host as the user of another is rejected (target-absolute-backslash-and-at)': {
        nodeRejects: false,
      },
    },
  },
  deno: {
    without: ['an RSA key with an exponent of 32 bits is accepted'],
    changed: {
      // Its cryptography rejects the key when it is imported, and not when it verifies.
      'an Ed25519 point whose y is just below the prime is rejected (jwk-ed25519-y-below-prime)': {
        expect: { rejected: 'proof_key' },
      },
    },
    // Fastify's router calls `URL.parse` without its `URL`, which is a TypeError there.
    notForFastify: /^[a-z]+:/i,
  },
}

const none: Differences = { without: [], changed: {} }
const name = Object.keys(differences).find((runtime) => runtime in process.versions)
const { without, changed, notForFastify } = (name && differences[name]) || none

/** Topics that need cryptography which not every version of Node has. */
export const leftOut: readonly string[] = hasMlDsa ? [] : ['ML-DSA']

export const topics: Readonly<Record<string, readonly Row[]>> = Object.fromEntries(
  Object.entries(onNode)
    .filter(([topic]) => !leftOut.includes(topic))
    .map(([topic, rows]) => [
      topic,
      rows.filter((row) => !without.includes(row.name)).map((row) => ({ ...row, ...changed[row.name] })),
    ]),
)

/** What differs here of the invalid request with this name. */
export function differenceOf(name: string) {
  const isOf = (row: string) => row.endsWith(`(${name})`)
  const { nodeRejects, expect } = Object.entries(changed).find(([row]) => isOf(row))?.[1] ?? {}
  const reason = typeof expect === 'object' && 'rejected' in expect ? expect.rejected : undefined
  return { cannotBeMade: without.some(isOf), nodeRejects, reason }
}

/** Whether the runtime's server answers 400 to a request with this target, if it is one of Fastify. */
export function isNotForFastify(target: string): boolean {
  return notForFastify?.test(target) ?? false
}

const names = new Set(Object.values(onNode).flatMap((rows) => rows.map((row) => row.name)))
const unknown = [...without, ...Object.keys(changed)].filter((one) => !names.has(one))
if (unknown.length > 0) throw new Error(`no rows of the attack table: ${unknown.join(', ')}`)
