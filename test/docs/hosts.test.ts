import { expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.js'
import { importCode } from './code.js'

test('the fetch of the page on hosts restores a challenge that a gateway has renamed', async () => {
  const page = 'packages/core/docs/hosts.md'
  const { restoreChallenge } = await importCode<{ restoreChallenge: typeof fetch }>(page, 'restoreChallenge')
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', (request, response) => {
    if (request.url === '/renamed') response.setHeader('x-amzn-Remapped-WWW-Authenticate', 'DPoP algs="ES256"')
    response.writeHead(401, { 'DPoP-Nonce': 'n' }).end('body')
  })
  const renamed = await restoreChallenge(`${origin}/renamed`)
  expect(renamed.status).toBe(401)
  expect(renamed.headers.get('www-authenticate')).toBe('DPoP algs="ES256"')
  expect(renamed.headers.get('dpop-nonce')).toBe('n')
  expect(await renamed.text()).toBe('body')
  expect((await restoreChallenge(origin)).headers.get('www-authenticate')).toBeNull()
})
