import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.js'
import { importCode, readCode } from './code.js'

const page = 'packages/core/docs/hosts.md'

test('the fetch of the page on hosts restores a challenge that a gateway has renamed', async () => {
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

test('the page on hosts has the Durable Object of examples/cloudflare, and its part of wrangler.json', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  expect(readCode(page)).toContain(read('examples/cloudflare/used-proofs.js'))
  const [, part = ''] = /```json\n(.*?)```/s.exec(read(page)) ?? []
  expect(JSON.parse(read('examples/cloudflare/wrangler.json'))).toMatchObject(JSON.parse(part))
})
