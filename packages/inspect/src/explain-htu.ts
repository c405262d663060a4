import { isSecureUrl } from '@dpop-guard/core/internal'

/** Where two URLs differ, and what to change. The guard compares them; this only explains the result. */
export function explainHtu(expected: string, received: unknown): { why: string; hint: string | undefined } {
  if (typeof received !== 'string') return { why: 'htu is not a string', hint: undefined }
  if (!/^https?:\/\//i.test(received) || !URL.canParse(received)) {
    return {
      why: 'htu is not an absolute http(s) URL',
      hint: 'htu is the whole URL that the client calls, with https://, without query and fragment',
    }
  }
  const [wanted, got] = [new URL(expected), new URL(received)]
  if (/[\\\s]|[^\x21-\x7e]/.test(received)) {
    return { why: 'htu has white space, a backslash or a character beyond ASCII', hint: 'percent-encode it' }
  }
  if (got.username !== '' || got.password !== '' || /^https?:\/\/[^/]*@/i.test(received)) {
    return { why: 'htu has a user name', hint: 'leave it out' }
  }
  const parts: readonly [name: string, expected: string, received: string, hint: string | undefined][] = [
    ['host', wanted.hostname, got.hostname, hostHint],
    ['scheme', wanted.protocol, got.protocol, schemeHints[got.protocol]],
    ['port', wanted.port || 'the default', got.port || 'the default', hostHint],
    ['path', wanted.pathname, got.pathname, pathHint(wanted.pathname, got.pathname)],
  ]
  const different = parts.filter(([, expected, received]) => expected !== received)
  if (different.length === 0) {
    return {
      why: 'a URL parser reads them alike, but RFC 3986 does not',
      hint: 'write it exactly as in the request',
    }
  }
  const differences = different.map(
    ([name, expected, received]) => `${name} (expected ${expected}, received ${received})`,
  )
  const hints = new Set(different.map(([, , , hint]) => hint))
  if (isSecureUrl(`http://${wanted.host}`) && wanted.origin !== got.origin) hints.add(notPublicHint)
  return {
    why: `different ${differences.join(', ')}`,
    hint: [...hints].filter((hint) => hint !== undefined).join('; '),
  }
}

const publicUrl = "on the server, set the guard's publicUrl (or resource) to the URL that clients call"

const hostHint = `the client signs another name than it calls, or the server has another name: ${publicUrl}`

const notPublicHint = 'or --url is not the public URL: use the one that clients call'

const schemeHints: Readonly<Record<string, string>> = {
  'http:': 'the client signs http: it must sign the https URL that it calls',
  'https:': `TLS ends at a proxy: ${publicUrl}, with https`,
}

function pathHint(expected: string, received: string): string {
  if (`${expected}/` === received || `${received}/` === expected)
    return 'only one of them ends in a slash; the slash is part of the path'
  if (received.endsWith(expected)) {
    return `a proxy strips "${received.slice(0, -expected.length)}": ${publicUrl}, with that path`
  }
  if (expected.endsWith(received)) return `the proof lacks "${expected.slice(0, -received.length)}": use the whole URL`
  if (expected.toLowerCase() === received.toLowerCase()) return 'upper and lower case are different paths'
  if (decoded(expected) === decoded(received))
    return 'they are percent-encoded in different ways; does a proxy decode the path?'
  return 'each URL needs a new proof; does this one belong to another request?'
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
