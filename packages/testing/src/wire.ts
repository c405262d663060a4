import { once } from 'node:events'
import { request as requestOverHttp } from 'node:http'
import { request as requestOverHttps } from 'node:https'
import { buffer } from 'node:stream/consumers'

/** A request field by field: what fetch would join, repair or refuse to send. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  /** Names and values in turn. `Host` is added where it is not there. */
  readonly fields: readonly string[]
  readonly body: Uint8Array
}

const statusesWithoutBody = [204, 205, 304]

/** Sends a request with exactly these fields, on a connection of its own, and gives the response as fetch does. */
export async function sendFields({ method, url, fields, body }: WireRequest): Promise<Response> {
  const { protocol, host } = new URL(url)
  const named = fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  const length = body.length > 0 ? ['Content-Length', String(body.length)] : []
  const headers = [...(named ? [] : ['Host', host]), ...fields, ...length, 'Connection', 'close']
  const send = protocol === 'https:' ? requestOverHttps : requestOverHttp
  const request = send(url, { method, headers, agent: false, setHost: false })
  request.end(body)
  const [incoming] = await once(request, 'response')
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = incoming
  const received = await buffer(incoming)
  const lines = rawHeaders.flatMap((name: string, index: number): [string, string][] =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
  )
  const content = statusesWithoutBody.includes(status) ? null : received
  return new Response(content, { status, statusText, headers: lines })
}
