import { textBefore } from '../encoding/text-before.js'

/** In characters, as shown. */
const maxTextLength = 256

const unprintable = /[^\x20-\x7e]/g

/** An untrusted string for operators: cut short, and without characters that could forge or hide a part of a log line. */
export function printable(value: string): string {
  return value.slice(0, maxTextLength).replace(unprintable, escapeCharacter).slice(0, maxTextLength)
}

/** As JSON and JavaScript write it: `\u00e9`. A percent-encoded character would look like one that the peer sent. */
function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The part of a URI that RFC 9449 compares. A query, a fragment and a userinfo can hold secrets. */
export function printableUri(uri: string): string {
  const compared = withoutQuery(uri)
  return printable(isPath(compared) ? compared : withoutUserinfo(compared))
}

/**
 * Removes everything before the last `@` of an authority. Lenient parsers see an authority after the first slashes, or at the
 * start. WHATWG URL parsing removes tabs and newlines first, so they may be between these slashes. A pattern would backtrack
 * over many slashes, and take long.
 */
function withoutUserinfo(uri: string): string {
  const first = textBefore(uri, ['/', '\\', '@']).length
  const start = uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\\t\n\r]|$/)
  const rest = uri.slice(start)
  const at = textBefore(rest, ['/', '\\']).lastIndexOf('@')
  return at === -1 ? uri : uri.slice(0, start) + rest.slice(at + 1)
}

/** Only an authority can hold a userinfo (RFC 3986 section 3.2), and one slash does not begin an authority. */
function isPath(uri: string): boolean {
  return /^\/(?![\t\n\r]*[/\\])/.test(uri)
}

/** The path of a request target as it was received. In origin-form (RFC 9112 section 3.2.1), even `//a@b` is a path. */
export function printableTarget(target: string): string {
  return target.startsWith('/') ? printable(withoutQuery(target)) : printableUri(target)
}

function withoutQuery(uri: string): string {
  return textBefore(uri, ['?', '#'])
}
