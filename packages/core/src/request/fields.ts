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

/**
 * Field names are case-insensitive (RFC 9110 section 5.1). The length of a name decides what it is compared with, because every
 * request has many other fields.
 *
 * Throws a TypeError for headers that are not a list of strings. That is a mistake in your code, and no client can cause it.
 */
export function collectFields({ headers }: Pick<GuardRequest, 'headers'>): RequestFields {
  if (!Array.isArray(headers)) throw unreadableHeaders()
  let [authorization, dpop, host, authority, origin, contentType] = [none, none, none, none, none, none]
  for (let index = 0; index < headers.length; index += 2) {
    // Not destructured, because that converts each index to a property name.
    const name: unknown = headers[index]
    const value: unknown = headers[index + 1]
    if (typeof name !== 'string' || typeof value !== 'string') throw unreadableHeaders()
    const { length } = name
    if (length === 4) {
      const lower = name.toLowerCase()
      if (lower === 'dpop') dpop = withValue(dpop, value)
      else if (lower === 'host') host = withValue(host, value)
    } else if (length === 6) {
      if (name.toLowerCase() === 'origin') origin = withValue(origin, value)
    } else if (length === 10) {
      if (name.toLowerCase() === ':authority') authority = withValue(authority, value)
    } else if (length === 12) {
      if (name.toLowerCase() === 'content-type') contentType = withValue(contentType, value)
    } else if (length === 13) {
      if (name.toLowerCase() === 'authorization') authorization = withValue(authorization, value)
    }
  }
  return { authorization, dpop, host, authority, origin, contentType }
}

function unreadableHeaders(): TypeError {
  return new TypeError(
    'dpop-guard: a request needs its headers as a flat list of names and values, such as req.rawHeaders',
  )
}

/** Most fields have one value. A list of one takes a fifth of the memory of a list that grew. */
function withValue(values: readonly string[], value: string): readonly string[] {
  const trimmed = trimWhitespace(value)
  if (values === none) return [trimmed]
  ;(values as string[]).push(trimmed)
  return values
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
