// @ts-check
// A program on the user's machine that gets a token for its key, uses it and refreshes it. The authorization server and the API
// are real, and started here. The key stays for the next run: KEY_FILE=~/.config/example/key.json node main.js
import { fileURLToPath } from 'node:url'
import { startAuthorizationServer } from '../demo/authorization-server.js'
import { listenOnLoopback } from '../demo/loopback.js'
import { createApp } from './api.js'
import { visit } from './browser.js'
import { openKeyFile } from './key-file.js'
import { startProgram } from './program.js'

const { KEY_FILE = fileURLToPath(new URL('../../.tmp/client-key.json', import.meta.url)) } = process.env

const api = await listenOnLoopback()
const registration = { clientId: 'program', redirectUri: 'http://127.0.0.1/callback' }
const authorizationServer = await startAuthorizationServer({
  resources: [api.origin],
  publicClients: [registration],
})

try {
  const { issuer } = authorizationServer
  api.server.on('request', createApp({ issuer, resource: api.origin }))
  const orders = new URL('/orders', api.origin)

  const { keys, made } = await openKeyFile(KEY_FILE)
  const program = await startProgram({ issuer, ...registration, resource: api.origin, keys })
  console.log(`The key ${made ? 'is made, and kept in' : 'of an earlier run, from'} ${KEY_FILE}`)
  console.log(`  thumbprint ${program.thumbprint}`)

  console.log('\nPush the authorization request (RFC 9126), with dpop_jkt and a proof; the server wants a nonce in it')
  const request = await program.pushAuthorizationRequest()
  console.log('\nOpen the browser; the user consents, and the browser comes back with a code')
  const callback = await visit(request.url, registration.redirectUri)
  console.log(`  ${callback.origin}${callback.pathname}?code=...`)

  console.log('\nExchange the code, with the nonce that is known by now')
  const first = await program.exchangeCode(callback, request)
  console.log(`  ${first.token_type} token, ${first.expires_in} seconds`)
  console.log('\nCall the API, with a proof that has the hash of the token; the API wants a nonce of its own')
  await program.call(orders, first.access_token)

  console.log('\nRefresh, with the same key')
  const second = await program.refresh(first.refresh_token ?? '')
  console.log('\nCall with the new token, and with the nonce of the API')
  await program.call(orders, second.access_token)

  console.log('\nRefresh with another key, as a thief of the refresh token would')
  await program.refreshWithAnotherKey(second.refresh_token ?? first.refresh_token ?? '')

  const expected = [
    '400 use_dpop_nonce',
    '201',
    '200',
    '401 use_dpop_nonce',
    '200',
    '200',
    '200',
    '400 use_dpop_nonce',
    '400 invalid_grant',
  ]
  const asExpected = expected.filter((answer, index) => answer === program.answers[index]).length
  console.log(`\n${asExpected} of ${program.answers.length} answers as expected`)
  process.exitCode = asExpected === expected.length && program.answers.length === expected.length ? 0 : 1
} finally {
  for (const { close } of [authorizationServer, api]) close()
}
