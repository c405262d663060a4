// @ts-check
// Looks for pieces of credentials in answers and output.
import { failures } from '@dpop-guard/core'
import { nonceSecret } from './api.js'

/** That many equal characters in a row are not an accident. */
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

/** Names of keys are not secret: the thumbprints of a token's and a proof's key, and the key id of a token. */
const mismatchOfKeys = /"name":"(?:jkt|kid)","expected":\[[^\]]*\],"received":\["[\w-]{1,43}"\]/

/**
 * The output of a server may contain reasons and thumbprints of keys (`jkt`), but no other long string that could be part of a
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
