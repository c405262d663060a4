import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderTarget } from '@dpop-guard/core'
import {
  type Answer,
  createRejectionError,
  type NodeRequest,
  type NodeResponse,
  writeHeaders,
} from '@dpop-guard/core/plugin'
import type { ExecutionContext } from '@nestjs/common'
import { RejectionException } from './rejection-exception.js'

/** The parts of a platform's request that are read. On Express it is Node's own request, on Fastify it has that as `raw`. */
export type PlatformRequest = (IncomingMessage | { readonly raw: NodeRequest }) & {
  readonly originalUrl?: string
  readonly body?: unknown
}

/** The parts of Fastify's reply that are used. */
interface FastifyReply {
  readonly raw: NodeResponse
  code(status: number): unknown
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string | string[]): unknown
  send(payload?: string): unknown
}

/** One request, and its response, on either platform. */
export interface Exchange {
  readonly request: PlatformRequest
  readonly response: ServerResponse | FastifyReply
}

/** The request and the response of a handler. Throws an Error if the handler is not one of an HTTP controller. */
export function exchangeOf(context: ExecutionContext): Exchange {
  const type: string = context.getType()
  if (type !== 'http') {
    throw new Error(
      `dpop-guard: ${context.getClass().name}.${context.getHandler().name} handles "${type}", and DpopModule guards the ` +
        'handlers of HTTP controllers only; mark it with @Public(), and guard the HTTP request that leads to it',
    )
  }
  const http = context.switchToHttp()
  return { request: http.getRequest(), response: http.getResponse() }
}

/** Node's own request. Checks are remembered by it. */
export function nodeRequestOf(request: PlatformRequest): NodeRequest {
  return 'raw' in request ? request.raw : request
}

/** Node's own response. */
export function nodeResponseOf({ response }: Exchange): NodeResponse {
  return 'raw' in response ? response.raw : response
}

/** The object in which the platform collects headers. */
export function headersOf({ response }: Exchange): HeaderTarget {
  if (!('raw' in response)) return response
  return {
    getHeader: (name) => response.getHeader(name),
    setHeader: (name, value) => response.header(name, value),
  }
}

/**
 * Sends an answer of the guard, and never resolves. So Nest calls neither the handler nor an exception filter, and logs nothing.
 * With `onRejected: 'error'`, it throws an exception for the filters instead.
 */
export function send(answer: Answer, exchange: Exchange): Promise<never> {
  const { response } = exchange
  const headers = headersOf(exchange)
  // Set it also for a filter that sends no status of its own.
  if ('raw' in response) response.code(answer.status)
  else response.statusCode = answer.status
  writeHeaders(answer, nodeResponseOf(exchange), headers)
  const error = createRejectionError(answer, headers)
  if (error !== undefined) throw new RejectionException(error)
  if (!('raw' in response)) response.end(answer.body)
  else if (answer.body === '') response.send()
  else response.send(answer.body)
  return answered()
}

/** A response was sent. Nothing holds this promise, so it is garbage with the request. */
export function answered(): Promise<never> {
  return new Promise(() => {})
}
