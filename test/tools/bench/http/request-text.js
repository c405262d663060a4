// @ts-check
// The bytes of requests.
import { present } from '../support/presentations.js'

/** The servers listen on loopback without TLS, where DPoP allows http. The port in this URL is never compared with the real one. */
export const publicUrl = 'http://localhost'

/** A request with an unused proof. @param {import('../support/presentations.js').Grant} grant */
export function makeRequestText(grant) {
  const { request } = present(grant, { claims: { htu: `${publicUrl}/orders/1842` } })
  const { method, target, headers } = request
  let text = `${method} ${target} HTTP/1.1\r\n`
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index] === 'Host' ? new URL(publicUrl).host : headers[index + 1]
    text += `${headers[index]}: ${value}\r\n`
  }
  return `${text}\r\n`
}
