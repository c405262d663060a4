/** The introspection part of an authorization server: its metadata, and an RFC 7662 endpoint that can misbehave. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { listenOnLoopback } from './listen.js'

/** A request that the endpoint received. */
export interface IntrospectionCall {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly form: URLSearchParams
}

/** Answers one call: returns the claims to send, or writes the response itself and returns undefined. */
export type IntrospectionAnswer = (call: IntrospectionCall, response: ServerResponse) => unknown

export interface IntrospectionEndpoint {
  readonly issuer: string
  readonly endpoint: string
  /** Every call so far, answered or not. */
  readonly calls: readonly IntrospectionCall[]
  /** Paths of the metadata requests so far. */
  readonly discoveries: readonly string[]
  /** Sets how all later calls are answered. If it returns a value, that is sent as JSON. */
  answer: IntrospectionAnswer
  /** The documents, by path. Undefined answers 404. */
  readonly documents: Map<string, unknown>
  close(): Promise<void>
}

export async function startIntrospectionEndpoint(path = ''): Promise<IntrospectionEndpoint> {
  const { server, origin, close } = await listenOnLoopback()
  const issuer = `${origin}${path}`
  const endpoint = `${origin}/introspect`
  const calls: IntrospectionCall[] = []
  const discoveries: string[] = []
  const metadata = { issuer, introspection_endpoint: endpoint }
  const started: IntrospectionEndpoint = {
    issuer,
    endpoint,
    calls,
    discoveries,
    answer: () => ({ active: false }),
    documents: new Map([[`/.well-known/oauth-authorization-server${path}`, metadata]]),
    close,
  }
  server.on('request', async (request, response) => {
    const { method, url = '', headers } = request
    if (url.includes('/.well-known/')) {
      discoveries.push(url)
      const document = started.documents.get(url)
      if (document === undefined) response.writeHead(404).end()
      else sendJson(response, document)
      return
    }
    const call = { method, url, headers, form: new URLSearchParams(await text(request)) }
    calls.push(call)
    const claims = await started.answer(call, response)
    if (claims !== undefined) sendJson(response, claims)
  })
  return started
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A body that does not end until its reader gives up. Pipeline reports that as an error. */
export function sendEndlessJson(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json')
  pipeline(Readable.from(endlessJson()), response).catch(() => {})
}

function* endlessJson() {
  yield '{"active":true,"filler":"'
  const filler = 'a'.repeat(65_536)
  for (;;) yield filler
}
