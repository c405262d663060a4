// @ts-check
// Looks for pieces of credentials where none may be.
import { failures } from '@dpop-guard/core'
import { nonceSecret } from './api.js'

/** Characters in a row that are no accident. */
const pieceLength = 16

/** A piece of `secrets` that is in `text`. @param {string} text @param {string} secrets */
export function findPiece(text, secrets) {
  for (const run of text.match(/[\w.~+/=-]{16,}/g) ?? []) {
    for (let start = 0; start + pieceLength <= run.length; start++) {
      const piece = run.slice(start, start + pieceLength)
      if (secrets.includes(piece)) return piece
    }
  }
  return undefined
}

/** Names of keys are no secret: the thumbprints of a token's key and of a proof's, and the key id of a token. */
const mismatchOfKeys = /"name":"(?:jkt|kid)","expected":\[[^\]]*\],"received":\["[\w-]{1,43}"\]/

/**
 * What a server prints may have reasons and thumbprints of keys (`jkt`) in it, and no other long text that could be of a
 * token or a proof.
 *
 * @param {string} line
 * @param {ReadonlySet<string>} thumbprints
 */
export function findForeignText(line, thumbprints) {
  if (line.includes(nonceSecret)) return nonceSecret
  const runs = line.replace(mismatchOfKeys, '').match(/[\w-]{20,}/g) ?? []
  return runs.find((run) => !Object.hasOwn(failures, run) && !thumbprints.has(run))
}
