import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { HeaderTarget } from '@dpop-guard/core'
import { type Answer, createRejectionError, writeHeaders } from '@dpop-guard/core/plugin'

/** What a hook needs of Fastify's request: written so that it fits servers of HTTP/1.1 and HTTP/2 alike. */
export interface HookRequest {
  readonly raw: IncomingMessage | Http2ServerRequest
}

/** What a hook needs of Fastify's reply. */
export interface HookReply {
  readonly raw: ServerResponse | Http2ServerResponse
  code(status: number): unknown
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string | string[]): unknown
  /** Takes what the route's type of replies says. */
  send(payload: never): unknown
}

/** Sends an answer of the guard's, or throws its error into Fastify's error path. */
export function send(answer: Answer, reply: HookReply): unknown {
  const headers = headersOf(reply)
  // Also for an error handler that sends without a status of its own.
  reply.code(answer.status)
  writeHeaders(answer, reply.raw, headers)
  const error = createRejectionError(answer, headers)
  if (error !== undefined) throw error
  // A route may say that its own replies are never strings.
  return Reflect.apply(reply.send, reply, answer.body === '' ? [] : [answer.body])
}

/** Where Fastify and its plugins collect headers. */
export function headersOf(reply: HookReply): HeaderTarget {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}
