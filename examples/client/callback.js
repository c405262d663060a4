// @ts-check
import { createServer } from 'node:http'

/**
 * Waits until the browser is sent back to the program (RFC 8252 section 7.3). Returns the URL with the authorization response.
 *
 * @param {string} redirectUri on 127.0.0.1
 * @returns {Promise<URL>}
 */
export function waitForCallback(redirectUri) {
  const { port, pathname } = new URL(redirectUri)
  return new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', redirectUri)
      if (url.pathname !== pathname) {
        response.writeHead(404).end()
        return
      }
      response.setHeader('connection', 'close')
      response.end('You can close this page and go back to the program.')
      server.close()
      resolve(url)
    })
    server.on('error', reject)
    server.listen(Number(port), '127.0.0.1')
  })
}
