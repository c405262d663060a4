import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { HeaderTarget } from '@dpop-guard/core'
import { type Answer, createRejectionError, writeHeaders } from '@dpop-guard/core/plugin'

/** The parts of Fastify's request that a hook needs. It fits servers of HTTP/1.1 and HTTP/2. */
export interface HookRequest {
  readonly raw: IncomingMessage | Http2ServerRequest
}

/** The parts of Fastify's reply that a hook needs. */
export interface HookReply {
  readonly raw: ServerResponse | Http2ServerResponse
  code(status: number): unknown
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string | string[]): unknown
  /** `never`, because each route has its own type of replies. */
  send(payload: never): unknown
}

/** Sends an answer of the guard, or throws its error into Fastify's error handling. */
export function send(answer: Answer, reply: HookReply): unknown {
  const headers = headersOf(reply)
  // Set it also for an error handler that sends no status of its own.
  reply.code(answer.status)
  writeHeaders(answer, reply.raw, headers)
  const error = createRejectionError(answer, headers)
  if (error !== undefined) throw error
  // The types of a route may not allow strings.
  return Reflect.apply(reply.send, reply, answer.body === '' ? [] : [answer.body])
}

/** The object in which Fastify and its plugins collect headers. */
export function headersOf(reply: HookReply): HeaderTarget {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}
