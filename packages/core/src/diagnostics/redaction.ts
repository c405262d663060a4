/** In characters, as shown. */
const maxTextLength = 256

const unprintable = /[^\x20-\x7e]/g

/** Untrusted text for an operator's eyes: cut short, and every character that could forge or hide part of a log line escaped. */
export function printable(value: string): string {
  return value.slice(0, maxTextLength).replace(unprintable, escapeCharacter).slice(0, maxTextLength)
}

/** As JSON and JavaScript write it: `\u00e9`. Percent-encoding would look like text that did match. */
function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Of a URI only what RFC 9449 compares: a query, a fragment or a userinfo may hold secrets. */
export function printableUri(uri: string): string {
  const compared = withoutQuery(uri)
  return printable(isPath(compared) ? compared : withoutUserinfo(compared))
}

/**
 * Without what stands before the last `@` of an authority, wherever a lenient parser sees one: behind the first slashes, or at the
 * start. Searches, because a pattern would go back over a stranger's slashes.
 */
function withoutUserinfo(uri: string): string {
  const first = uri.search(/[/\\@]/)
  const start = first === -1 || uri[first] === '@' ? 0 : first + uri.slice(first).search(/[^/\\]|$/)
  const rest = uri.slice(start)
  const at = rest.lastIndexOf('@', rest.search(/[/\\]|$/))
  return at === -1 ? uri : uri.slice(0, start) + rest.slice(at + 1)
}

/** Only an authority can hold a userinfo (RFC 3986 section 3.2), and one slash begins no authority. */
function isPath(uri: string): boolean {
  return uri.startsWith('/') && uri[1] !== '/' && uri[1] !== '\\'
}

/** The path of a request target as it was sent. In origin-form (RFC 9112 section 3.2.1) even `//a@b` is a path. */
export function printableTarget(target: string): string {
  return target.startsWith('/') ? printable(withoutQuery(target)) : printableUri(target)
}

function withoutQuery(uri: string): string {
  const end = uri.search(/[?#]/)
  return end === -1 ? uri : uri.slice(0, end)
}
