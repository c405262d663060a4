import { printable, printableTarget, printableUri } from './printable.js'

/**
 * The two sides of a check that failed, for operators alone. Never a token, a proof, a secret or a part of a key. Untrusted text
 * is shown as printable ASCII with `\u00e9` for any other character, and cut at 256 characters.
 */
export interface Mismatch {
  /** The claim, header parameter, header field or other part: `htm`, `aud`, `jwk.crv`, `Host`. */
  readonly name: string
  /** Values that would have matched, or a description of them. */
  readonly expected: readonly string[]
  /**
   * What came instead. Nobody has vouched for it. `missing` where nothing came, the type (`number`) of a value that is not a
   * string, and a word such as `wrong` for a value that is not shown.
   */
  readonly received: readonly string[]
}

/** The two sides as the core compared them. A rejection must stay cheap, so nothing is made printable before somebody looks. */
export interface Comparison {
  readonly name: string
  readonly expected: readonly string[] | ReadonlySet<string>
  /** As the peer sent it. Undefined means that it is missing. */
  readonly received: unknown
}

const maxListLength = 32

/** Parts of a request that can hold a query or a userinfo. */
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

/** To turn what is not a string into one may throw; its type says enough. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
