import { isSecureUrl } from '@dpop-guard/core/internal'
import { isToken68 } from './access-token-option.js'

/** What a person copies from a log, a terminal or a browser: a proof alone, or the head of a request. */
export interface PastedRequest {
  /** Values of the DPoP fields. */
  readonly fields: readonly string[]
  /** Values of the Authorization fields; undefined if only the proof was pasted. */
  readonly authorization: readonly string[] | undefined
  readonly accessToken: string | undefined
  readonly method: string | undefined
  readonly url: string | undefined
}

const requestLine = /^([A-Z]+) +(\/\S*|https?:\S+)(?: +HTTP\/[\d.]+)?$/
const fieldLine = /^([\w!#$%&'*+.^`|~-]+): *(.*)$/

/** Reads lines with or without the marks of `curl -v`. A string without any field is a proof. */
export function parsePastedRequest(text: string): PastedRequest {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^> ?/, '').trim())
  const pairs = lines.flatMap((line): [string, string][] => {
    const [, name = '', value = ''] = fieldLine.exec(line) ?? []
    return name === '' ? [] : [[name.toLowerCase(), value]]
  })
  const valuesOf = (name: string) => pairs.filter(([other]) => other === name).map(([, value]) => value)
  const [, method, target] = lines.map((line) => requestLine.exec(line)).find((match) => match !== null) ?? []
  const isHead = method !== undefined || ['dpop', 'authorization', 'host'].some((name) => valuesOf(name).length > 0)
  if (!isHead) {
    const proof = text.trim()
    const fields = proof === '' ? [] : [proof]
    return { fields, authorization: undefined, accessToken: undefined, method: undefined, url: undefined }
  }
  const [host] = valuesOf('host')
  const authorization = valuesOf('authorization')
  const [, credentials = ''] = /^(?:DPoP|Bearer) +(\S+)$/i.exec(authorization[0] ?? '') ?? []
  // Logs replace the token, by "***" for example.
  const accessToken = isToken68(credentials) ? credentials : undefined
  const isWhole = method !== undefined || pairs.some(([name]) => name !== 'dpop')
  return {
    fields: valuesOf('dpop'),
    authorization: isWhole ? authorization : undefined,
    accessToken,
    method,
    url: urlOf(target, host),
  }
}

function urlOf(target: string | undefined, host: string | undefined): string | undefined {
  if (target === undefined || /^https?:\/\//i.test(target)) return target
  if (host === undefined) return undefined
  // The head does not name the scheme. A server on your own machine rarely has TLS.
  const http = `http://${host}${target}`
  return isSecureUrl(http) ? http : `https://${host}${target}`
}
