import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { type Options, pinoHttp } from 'pino-http'
import { expect, onTestFinished, test } from 'vitest'
import { importCode } from './code.js'

test('with the options of the page pino-http writes no token, no proof and no nonce', async () => {
  const { logging } = await importCode<{ logging: Options }>('packages/core/docs/operating.md', 'redact')
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = pinoHttp(logging, stream)
  const server = createServer((request, response) => {
    log(request, response)
    response.setHeader('DPoP-Nonce', 'secret-nonce').end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const headers = {
    authorization: 'DPoP secret-token',
    dpop: 'secret-proof',
    'x-request-id': 'kept',
    connection: 'close',
  }
  await fetch(`http://127.0.0.1:${port}/orders?access_token=secret`, { headers })
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines.join()).not.toContain('secret')
  expect(JSON.parse(lines.join())).toMatchObject({ req: { url: '/orders', headers: { 'x-request-id': 'kept' } } })
})
