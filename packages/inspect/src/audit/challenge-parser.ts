/** A strict reader of `WWW-Authenticate`: it accepts only what RFC 9110 allows a sender to write, and repairs nothing. */

export interface Challenge {
  /** As sent; compare it case-insensitively. */
  scheme: string
  token68?: string
  /** Names in lower case, values without quotes and escapes. */
  params: Map<string, string>
}

const SPACES = / +/y
const COMMA = /[ \t]*,[ \t]*/y
const EQUALS = /[ \t]*=[ \t]*/y
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const QUOTED_STRING = /"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"/y
// Followed by the end of its list element: "abc=" is a token68, the "abc=" of "abc=d" is not.
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y
const END_OF_CHALLENGE = /(?=[ \t]*(?:,|$))/y
// No challenge starts with a token and "=", so this decides what a comma separates.
const COMMA_AND_PARAM = /(?=[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=)/y

/**
 * Reads one field line by the ABNF of RFC 9110 section 11.6.1, without empty list elements (section 5.6.1.1) and with
 * `realm` only as a quoted-string (section 11.5).
 *
 * Throws an `Error` that names the position of the first violation.
 */
export function parseChallenges(line: string): Challenge[] {
  let position = 0

  function fail(problem: string): never {
    throw new Error(`${problem} at position ${position} of ${JSON.stringify(line)}`)
  }
  function read(pattern: RegExp): string | undefined {
    pattern.lastIndex = position
    const text = pattern.exec(line)?.[0]
    position += text?.length ?? 0
    return text
  }
  function sees(lookahead: RegExp): boolean {
    return read(lookahead) !== undefined
  }

  function readChallenge(): Challenge {
    const scheme = read(TOKEN) ?? fail('expected an auth-scheme')
    const params = new Map<string, string>()
    if (sees(END_OF_CHALLENGE)) return { scheme, params }

    read(SPACES) ?? fail('expected a space or a comma')
    // Reached by "a \t, b": the space belongs to the list.
    if (sees(END_OF_CHALLENGE)) return { scheme, params }
    const token68 = read(TOKEN68)
    if (token68 !== undefined) return { scheme, token68, params }

    readParam(params)
    while (sees(COMMA_AND_PARAM)) {
      read(COMMA)
      readParam(params)
    }
    return { scheme, params }
  }

  function readParam(params: Map<string, string>): void {
    const start = position
    const name = (read(TOKEN) ?? fail('expected an auth-param')).toLowerCase()
    if (params.has(name)) {
      position = start
      fail(`repeated parameter "${name}"`)
    }
    read(EQUALS) ?? fail('expected "="')
    const quoted = read(QUOTED_STRING)
    if (quoted === undefined && name === 'realm') fail('expected a quoted-string')
    const value = quoted?.slice(1, -1).replace(/\\(.)/g, '$1') ?? read(TOKEN)
    params.set(name, value ?? fail('expected a token or a quoted-string'))
  }

  if (/[ \t]$/.test(line)) {
    position = line.search(/[ \t]+$/)
    fail('white space')
  }
  const challenges = [readChallenge()]
  while (position < line.length) {
    read(COMMA) ?? fail('expected a comma')
    challenges.push(readChallenge())
  }
  return challenges
}

// RFC 6750 section 3 for the character sets, RFC 6749 appendix A for the shapes.
const RFC6750_VALUES = {
  scope: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
  error: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
  error_description: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
  error_uri: /^[\x21\x23-\x5b\x5d-\x7e]+$/,
} satisfies Record<string, RegExp>

/** Throws unless the values RFC 6750 section 3 defines are well formed and a Bearer challenge has a parameter. */
export function assertRfc6750Params(challenge: Challenge): void {
  if (challenge.scheme.toLowerCase() === 'bearer' && challenge.params.size === 0) {
    throw new Error('a Bearer challenge must have at least one auth-param')
  }
  for (const [name, pattern] of Object.entries(RFC6750_VALUES)) {
    const value = challenge.params.get(name)
    if (value !== undefined && !pattern.test(value)) throw new Error(`malformed ${name} ${JSON.stringify(value)}`)
  }
}
