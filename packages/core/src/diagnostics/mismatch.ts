import type { Comparison } from '../check-failed.js'
import { typeName } from '../encoding/json.js'
import { printable, printableTarget, printableUri } from './redaction.js'

/**
 * The two sides of a check that failed, for operators only. Never holds a token, a proof, a secret or a part of a key. Untrusted
 * strings are cut at 256 characters, and `\u00e9` stands for a character that is not printable ASCII.
 */
export interface Mismatch {
  /** The claim, header parameter, header field or other part: `htm`, `aud`, `jwk.crv`, `Host`. */
  readonly name: string
  /** Values that would have matched, or a description of them. */
  readonly expected: readonly string[]
  /**
   * What the client sent instead. Untrusted. `missing` if it sent nothing, a type such as `number` if the value is not a string,
   * and a word such as `wrong` if the value must not be shown.
   */
  readonly received: readonly string[]
}

const maxListLength = 32

/** The parts of a request that can hold a query or a userinfo, and how each is shown. */
const shownAs: Readonly<Record<string, (value: string) => string>> = {
  htu: printableUri,
  Host: printableUri,
  'request target': printableTarget,
}

export function describeMismatch({ name, expected, received }: Comparison): Mismatch {
  const show = shownAs[name] ?? printable
  const describe = (value: unknown): string => (typeof value === 'string' ? show(value) : typeName(value))
  return {
    name,
    expected: [...expected].slice(0, maxListLength).map(describe),
    received: (Array.isArray(received) ? received : [received]).slice(0, maxListLength).map(describe),
  }
}
