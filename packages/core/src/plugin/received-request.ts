import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { GuardRequest } from '../request/fields.js'

/** Node's own request, over HTTP/1.1 or HTTP/2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * Makes the guard's request from the request of a framework that runs on Node's. `target` is the request target as it was
 * received. `body` is the parsed body, if there is one. Throws a TypeError if the headers cannot be read.
 */
export function receivedRequest(incoming: NodeRequest, target: string | undefined, body?: unknown): GuardRequest {
  return { method: incoming.method, target, headers: receivedHeaders(incoming), body, incoming }
}

/** A request from a host. Node's own request has both members. An adapter or a mock may have only one. */
export interface HeaderSource {
  readonly rawHeaders?: unknown
  readonly headers?: unknown
}

/** The fields that the guard reads. Their values must be strings. */
const readByGuard = /^(?:authorization|dpop|host|:authority|origin|content-type)$/i

/**
 * The header fields of a request as one flat list, for {@link GuardRequest.headers}. Uses `rawHeaders` if the host fills it, or
 * else `headers`. If only `headers` has Authorization or DPoP, that field is added, so that the guard sees all credentials. A
 * request without headers has an empty list.
 *
 * Throws a TypeError if the headers cannot be read. Cannot detect fields that the host has joined or dropped before: Node keeps
 * one Authorization in `headers`, and some hosts join repeated fields with a comma.
 */
export function receivedHeaders(request: HeaderSource): GuardRequest['headers'] {
  const { rawHeaders } = request
  if (!Array.isArray(rawHeaders) || rawHeaders.length === 0) return listOf(request.headers)
  const listed = isListOfStrings(rawHeaders) ? rawHeaders : listOfPairs(rawHeaders)
  const hasAuthorization = hasName(listed, 'authorization')
  const hasDpop = hasName(listed, 'dpop')
  if (hasAuthorization && hasDpop) return listed
  const added = entriesOf(request.headers).filter(([name]) => {
    const lower = name.toLowerCase()
    return (!hasAuthorization && lower === 'authorization') || (!hasDpop && lower === 'dpop')
  })
  return added.length === 0 ? listed : [...listed, ...flatten(added)]
}

/** A loop, because this runs for each request, and a new closure costs more when it is called. */
function isListOfStrings(list: readonly unknown[]): list is readonly string[] {
  for (const item of list) if (typeof item !== 'string') return false
  return true
}

function hasName(list: readonly string[], wanted: string): boolean {
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? ''
    if (name.length === wanted.length && name.toLowerCase() === wanted) return true
  }
  return false
}

function listOf(headers: unknown): string[] {
  return flatten(entriesOf(headers))
}

/** Some hosts put numbers and lists into `rawHeaders`. */
function listOfPairs(rawHeaders: readonly unknown[]): string[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  return flatten(names.map((name, index) => [String(name), rawHeaders[2 * index + 1]]))
}

function entriesOf(headers: unknown): [name: string, value: unknown][] {
  if (headers === undefined || headers === null) return []
  if (!isRecord(headers)) throw unreadable('"headers" is not a plain object of names and values')
  return Object.entries(headers)
}

/** Whether this is a plain object, also one of another realm. The members of a list, a Map or a Headers are not header fields. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function flatten(entries: readonly (readonly [name: string, value: unknown])[]): string[] {
  return entries.flatMap(([name, value]) => valuesOf(name, value).flatMap((text) => [name, text]))
}

function valuesOf(name: string, value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value]
  if (value === undefined) return []
  if (values.every((item) => typeof item === 'string')) return values
  if (readByGuard.test(name))
    throw unreadable(`the value of "${name.toLowerCase()}" is not a string or a list of strings`)
  return values.filter((item) => typeof item === 'string' || typeof item === 'number').map(String)
}

function unreadable(cause: string): TypeError {
  return new TypeError(`dpop-guard: the headers of this request cannot be read: ${cause}`)
}
