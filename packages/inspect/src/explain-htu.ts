import { isLoopback } from './http-url.js'

/** Where two URLs differ, for the person who has to change one of them. A guard decides by itself; this only explains. */
export function explainHtu(expected: string, received: unknown): { why: string; hint: string | undefined } {
  if (typeof received !== 'string') return { why: 'htu is no text', hint: undefined }
  if (!/^https?:\/\//i.test(received) || !URL.canParse(received)) {
    return {
      why: 'htu is no absolute http(s) URL',
      hint: 'htu is the whole URL that the client calls, from https:// on, without query and fragment',
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
      why: 'they are the same to a URL parser, but not by RFC 3986',
      hint: 'write it as in the request, to the letter',
    }
  }
  const told = different.map(([name, expected, received]) => `${name} (${expected} is expected, ${received} received)`)
  const hints = new Set(different.map(([, , , hint]) => hint))
  if (isLoopback(wanted) && wanted.origin !== got.origin) hints.add(notPublicHint)
  return { why: `different ${told.join(', ')}`, hint: [...hints].filter((hint) => hint !== undefined).join('; ') }
}

const publicUrl = "on the server, set the guard's publicUrl (or resource) to the URL that clients call"

const hostHint = `the client signs another name than it calls, or the server goes by another: ${publicUrl}`

const notPublicHint = 'or --url is not the public URL: give the one that clients call'

const schemeHints: Readonly<Record<string, string>> = {
  'http:': 'the client signs http: it is to sign the https URL that is called',
  'https:': `TLS ends at a proxy: ${publicUrl}, with https`,
}

function pathHint(expected: string, received: string): string {
  if (`${expected}/` === received || `${received}/` === expected)
    return 'one has a slash at its end; a slash is part of the path'
  if (received.endsWith(expected)) {
    return `a proxy strips "${received.slice(0, -expected.length)}": ${publicUrl}, with that path`
  }
  if (expected.endsWith(received)) return `the proof lacks "${expected.slice(0, -received.length)}": use the whole URL`
  if (expected.toLowerCase() === received.toLowerCase()) return 'upper and lower case are different paths'
  if (decoded(expected) === decoded(received)) return 'they are percent-encoded in different ways; a proxy may decode'
  return 'a new proof is needed for each URL; is this one of another request?'
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
