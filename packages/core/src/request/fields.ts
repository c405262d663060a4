import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/**
 * A request, in the form that the guard reads. An adapter makes it from Node's request. Without an adapter, and for WebSocket
 * upgrades, you make it. The types of Node allow undefined for method and target, but a request without them throws a TypeError.
 */
export interface GuardRequest {
  /** The method as it was received: `req.method`. */
  readonly method: string | undefined
  /**
   * The request target as it was received, before any mount point, prefix or rewrite: `req.url` in Node, `originalUrl` in
   * Express and Koa.
   */
  readonly target: string | undefined
  /**
   * A flat list of header names and values, with repeated headers kept: Node's `req.rawHeaders`. Not `req.headers`, because Node
   * drops a second Authorization field there, and joins a second DPoP field to the first.
   */
  readonly headers: readonly string[]
  /**
   * The body, if it is already parsed. The guard only checks whether a form has a member `access_token`. It never reads a body
   * itself.
   */
  readonly body?: unknown
  /** Node's own request object. The guard does not read it, but passes it to your hooks with this request. */
  readonly incoming?: IncomingMessage | Http2ServerRequest | undefined
}

/** The fields that the guard reads. Each has all its values, in the order in which they were received. */
export interface RequestFields {
  readonly authorization: readonly string[]
  readonly dpop: readonly string[]
  readonly host: readonly string[]
  /** HTTP/2's `:authority`, which replaces Host. */
  readonly authority: readonly string[]
  readonly origin: readonly string[]
  readonly contentType: readonly string[]
}

/** A request that has all its parts. */
export interface ReceivedRequest extends GuardRequest {
  readonly method: string
  readonly target: string
}

/** Throws a TypeError for a request without method or target. That is a mistake in your code, and no client can cause it. */
export function assertRequest(request: GuardRequest): asserts request is ReceivedRequest {
  const { method, target } = request ?? {}
  if (typeof method !== 'string' || typeof target !== 'string') {
    throw new TypeError('dpop-guard: a request needs its method and target as strings')
  }
}

const none: readonly string[] = []

/** Throws a TypeError for headers that are not a list of strings. That is a mistake in your code, and no client can cause it. */
export function collectFields({ headers }: Pick<GuardRequest, 'headers'>): RequestFields {
  if (!Array.isArray(headers)) throw unreadableHeaders()
  const fields: MutableFields = {
    authorization: none,
    dpop: none,
    host: none,
    authority: none,
    origin: none,
    contentType: none,
  }
  for (let index = 0; index < headers.length; index += 2) {
    const { [index]: name, [index + 1]: value }: readonly unknown[] = headers
    if (typeof name !== 'string' || typeof value !== 'string') throw unreadableHeaders()
    const field = fieldNamed(name)
    if (field !== undefined) addValue(fields, field, trimWhitespace(value))
  }
  return fields
}

function unreadableHeaders(): TypeError {
  return new TypeError(
    'dpop-guard: a request needs its headers as a flat list of names and values, such as req.rawHeaders',
  )
}

type MutableFields = { -readonly [field in keyof RequestFields]: RequestFields[field] }

/** Most fields have one value. A list of one takes a fifth of the memory of a list that grew. */
function addValue(fields: MutableFields, field: keyof RequestFields, value: string): void {
  const before = fields[field]
  if (before === none) fields[field] = [value]
  else (before as string[]).push(value)
}

/**
 * Field names are case-insensitive (RFC 9110 section 5.1). Names of other lengths are not compared, because every request has
 * many of them.
 */
function fieldNamed(name: string): keyof RequestFields | undefined {
  switch (name.length) {
    case 4:
      return isName(name, 'dpop') ? 'dpop' : isName(name, 'host') ? 'host' : undefined
    case 6:
      return isName(name, 'origin') ? 'origin' : undefined
    case 10:
      return isName(name, ':authority') ? 'authority' : undefined
    case 12:
      return isName(name, 'content-type') ? 'contentType' : undefined
    case 13:
      return isName(name, 'authorization') ? 'authorization' : undefined
    default:
      return undefined
  }
}

function isName(name: string, wanted: string): boolean {
  return name === wanted || name.toLowerCase() === wanted
}

/** Optional white space around a field's value is not part of it (RFC 9110 section 5.5). */
function trimWhitespace(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isWhitespace(value, start)) start++
  while (end > start && isWhitespace(value, end - 1)) end--
  return value.slice(start, end)
}

function isWhitespace(value: string, index: number): boolean {
  const code = value.charCodeAt(index)
  return code === 0x20 || code === 0x09
}
