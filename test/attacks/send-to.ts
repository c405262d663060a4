import { type RawResponse, sendRequest } from '../support/raw-http.js'
import { byName, type Runtime } from './runtime.js'

/** Sends requests over a socket, and counts the calls of the handler. `rewrite` changes the header lines of the answer. */
export function sendTo(
  port: number,
  countHandlerCalls: () => number,
  rewrite = (lines: string[]): string[] => lines,
): Runtime['send'] {
  return async (request) => {
    const before = countHandlerCalls()
    const response = await sendRequest({ port, ...request })
    return {
      status: response.status,
      headers: rewrite(guardHeaders(response)),
      body: response.body,
      handlerCalls: countHandlerCalls() - before,
    }
  }
}

const frameworkHeaders = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-powered-by']

function guardHeaders({ rawHeaders }: RawResponse): string[] {
  const lines: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!frameworkHeaders.includes(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  return lines.sort(byName)
}
