import { isIPv4 } from 'node:net'
import { CheckFailed } from '../check-failed.js'
import { textBefore } from '../encoding/text-before.js'
import { parseAuthority } from './host.js'

/** The public URL of the resource server, without the path of the request. `htu` is compared with it. */
export interface PublicBase {
  /** Scheme, host and port, normalised: `https://api.example.com`. */
  readonly origin: string
  /** The path that a proxy strips, normalised, without a trailing slash: `/svc1`, or empty. */
  readonly prefix: string
}

/** A request target (RFC 9112 section 3.2) without its query and fragment. `origin` only for a target in absolute-form. */
export interface RequestTarget {
  readonly origin: string | undefined
  readonly path: string
}

const absoluteUri = /^(https?):\/\/([^/?#]*)([^?#]*)/i
/**
 * Of a target in absolute-form. No host is longer: see {@link parseAuthority}. Without this limit, it would be one more pass over
 * all of the target. Routers read an empty path in different ways (some look for the first slash anywhere), so there must be a slash.
 */
const originOfTarget = /^(https?):\/\/([^/]{0,300})(?=\/)/i
const visibleAscii = /^[\x21-\x7e]*$/
const noControlCharacter = /^[\x21-\x7e\x80-\uffff]*$/
const percent = 0x25
const upperCaseHex = Buffer.from('0123456789ABCDEF')
/** By byte: the value of a hexadecimal digit. For any other byte, a number that makes every sum negative. */
const hexValues = Int16Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? -4096 : value
})
const isUnreserved = Uint8Array.from({ length: 256 }, (_, byte) => (/[\w.~-]/.test(String.fromCharCode(byte)) ? 1 : 0))
const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i
const defaultPorts = new Map([
  ['http', '80'],
  ['https', '443'],
])

/**
 * Normalises an http or https URI: two equivalent URIs become equal strings (RFC 3986 sections 6.2.2 and 6.2.3), without query
 * and fragment. Undefined for any other string: another scheme, userinfo (RFC 9110 section 4.2.4), a percent sign without two
 * hexadecimal digits, a backslash, a character that is not visible ASCII.
 *
 * WHATWG URL parsing does not fit here. It reads backslashes as slashes, trims, and rewrites numeric hosts.
 */
export function normalizeUri(uri: string): string | undefined {
  const parts = splitUri(uri)
  return parts && parts.origin + parts.path
}

/** The two parts of a normalised URI. Undefined if {@link normalizeUri} returns undefined. */
export function splitUri(uri: string): { origin: string; path: string } | undefined {
  const [matched, scheme = '', host = '', path = ''] = absoluteUri.exec(uri) ?? []
  if (matched === undefined || !visibleAscii.test(uri)) return undefined
  const origin = normalizeOrigin(scheme.toLowerCase(), host)
  const normalPath = normalizePath(path)
  if (origin === undefined || normalPath === undefined) return undefined
  return { origin, path: normalPath }
}

function normalizeOrigin(scheme: string, text: string): string | undefined {
  const parts = parseAuthority(text)
  if (parts === undefined || Number(parts.port) > 65_535) return undefined
  const { ipv6, name, port } = parts
  const host = ipv6 === undefined ? name.toLowerCase() : normalizeIpv6(ipv6)
  return port === '' || port === defaultPorts.get(scheme) ? `${scheme}://${host}` : `${scheme}://${host}:${port}`
}

/** Writes all eight groups, so that each address has one spelling. Only operators see it. */
function normalizeIpv6(text: string): string {
  const [head = '', tail] = text.replace(/[\d.]+\.\d+$/, ipv4Groups).split('::')
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = new Array<string>(8 - left.length - right.length).fill('0')
  return `[${[...left, ...zeros, ...right].join(':')}]`
}

function ipv4Groups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16).toString(16))
}

function normalizePath(path: string): string | undefined {
  const spelled = normalizeSpelling(path)
  return spelled && removeDotSegments(spelled)
}

/** Everything except the dot segments. */
function normalizeSpelling(path: string): string | undefined {
  if (path === '') return '/'
  if (path.includes('\\') || !visibleAscii.test(path)) return undefined
  return path.includes('%') ? decodeUnreserved(path) : path
}

/**
 * RFC 3986 sections 6.2.2.1 and 6.2.2.2: decodes unreserved characters, and writes other triplets in upper case. Undefined if a
 * percent sign is not followed by two hexadecimal digits. One loop, because a function call for each triplet would take most of
 * a check's time.
 */
function decodeUnreserved(path: string): string | undefined {
  const bytes = Buffer.from(path, 'latin1')
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0
    if (byte !== percent) {
      bytes[length++] = byte
      continue
    }
    const code = (hexValues[bytes[++index] ?? 0] ?? 0) * 16 + (hexValues[bytes[++index] ?? 0] ?? 0)
    if (!(code >= 0)) return undefined
    if (isUnreserved[code]) {
      bytes[length++] = code
    } else {
      bytes[length++] = percent
      bytes[length++] = upperCaseHex[code >> 4] ?? 0
      bytes[length++] = upperCaseHex[code & 15] ?? 0
    }
  }
  return bytes.toString('latin1', 0, length)
}

/** RFC 3986 section 5.2.4, for a path that begins with a slash. */
function removeDotSegments(path: string): string {
  if (!dotSegment.test(path)) return path
  const output: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') output.pop()
    else if (segment !== '.') output.push(segment)
    if (last && (segment === '.' || segment === '..')) output.push('')
  }
  return `/${output.join('/')}`
}

/** Whether this is an absolute http or https URL that every parser reads in the same way. */
export function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && splitUri(value) !== undefined
}

/** Whether this is an absolute URL that credentials may be sent to. */
export function isSecureUrl(value: unknown): value is string {
  const parts = isHttpUrl(value) ? splitUri(value) : undefined
  return parts !== undefined && isSecureOrigin(parts.origin)
}

/** RFC 8414 section 2: a secure URL without query and fragment. */
export function isIssuerIdentifier(value: unknown): value is string {
  return isSecureUrl(value) && !/[?#]/.test(value)
}

/** Whether credentials may be sent to this normalised origin: over TLS, or to a loopback host. */
function isSecureOrigin(origin: string): boolean {
  const [, host = ''] = /^http:\/\/(.*?)(?::\d+)?$/.exec(origin) ?? []
  const loopback = host === 'localhost' || host === '[0:0:0:0:0:0:0:1]' || (host.startsWith('127.') && isIPv4(host))
  return origin.startsWith('https://') || loopback
}

/**
 * Splits a request target into its parts. Throws a {@link CheckFailed} if routers and URL parsers can read it in different ways:
 * a dot segment (plain or percent-encoded), a backslash, a control character. `//host/x` is a path.
 */
export function checkRequestTarget(target: string): RequestTarget {
  if (!noControlCharacter.test(target)) throw new CheckFailed('target_malformed')
  const path = textBefore(target, ['?', '#'])
  if (path.includes('\\') || dotSegment.test(path)) throw new CheckFailed('target_malformed')
  if (path.startsWith('/')) return { origin: undefined, path }
  const [start = '', scheme = '', host = ''] = originOfTarget.exec(path) ?? []
  const origin = normalizeOrigin(scheme.toLowerCase(), host)
  if (origin === undefined) throw new CheckFailed('target_malformed')
  return { origin, path: path.slice(start.length) }
}

/**
 * The public bases that serve this target. For a target in absolute-form, these are the bases with its origin (RFC 9112 section
 * 3.2.2), otherwise all bases. Throws a {@link CheckFailed} if no base fits. Does not read `Host` and forwarding headers.
 */
export function servedBases({ origin }: RequestTarget, bases: readonly PublicBase[]): readonly PublicBase[] {
  const served = origin === undefined ? bases : bases.filter((base) => base.origin === origin)
  if (served.length > 0) return served
  const expected = bases.map((base) => base.origin)
  throw new CheckFailed('target_foreign', { name: 'request target', expected, received: origin })
}

/**
 * The normalised values that `htu` may have for this request: one for each base that serves it, two for the root of a base.
 * Empty if the target is not a URI.
 */
export function expectedUris({ path }: RequestTarget, served: readonly PublicBase[]): string[] {
  // The path has no dot segment: checkRequestTarget rejects them.
  const spelled = normalizeSpelling(path)
  if (spelled === undefined) return []
  const uris: string[] = []
  for (const { origin, prefix } of served) {
    uris.push(origin + prefix + spelled)
    // A proxy that strips a prefix also sends `/` for the bare prefix. So both URIs name the root; no other path has two.
    if (spelled === '/' && prefix !== '') uris.push(origin + prefix)
  }
  return uris
}
