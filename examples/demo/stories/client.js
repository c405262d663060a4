// @ts-check
// The program in examples/client, step by step, with an authorization server and an API that are started here. Run it:
// node examples/demo/stories/client.js
//
// The key is stored for the next run: KEY_FILE=~/.config/example/key.json node examples/demo/stories/client.js
import { fileURLToPath } from 'node:url'
import { ResponseBodyError, randomDPoPKeyPair } from 'openid-client'
import { openKeyFile } from '../../client/key-file.js'
import { startProgram } from '../../client/program.js'
import { startAuthorizationServer } from '../authorization-server.js'
import { visit } from '../browser.js'
import { listenOnLoopback } from '../loopback.js'
import { createNonceApi } from '../nonce-api.js'
import { printingFetch } from '../transcript.js'

const { KEY_FILE = fileURLToPath(new URL('../../../.tmp/client-key.json', import.meta.url)) } = process.env

const api = await listenOnLoopback()
const registration = { clientId: 'program', redirectUri: 'http://127.0.0.1/callback' }
const authorizationServer = await startAuthorizationServer({
  resources: [api.origin],
  publicClients: [registration],
})

try {
  const { issuer } = authorizationServer
  api.server.on('request', createNonceApi({ issuer, resource: api.origin }))
  const orders = new URL('/orders', api.origin)

  /** @type {string[]} */
  const answers = []
  const { keys, made } = await openKeyFile(KEY_FILE)
  const options = { issuer, ...registration, resource: api.origin, fetch: printingFetch(answers) }
  const program = await startProgram({ ...options, keys })
  /** @param {string} token */
  const call = async (token) => console.log(`  ${await (await program.call(orders, token)).text()}`)
  console.log(`The key is ${made ? 'new, and stored in' : 'from an earlier run, in'} ${KEY_FILE}`)
  console.log(`  thumbprint ${program.thumbprint}`)

  console.log('\nPush the authorization request (RFC 9126), with dpop_jkt and a proof. The server asks for a nonce')
  const request = await program.pushAuthorizationRequest()
  console.log('\nOpen the browser. The user consents, and the browser comes back with a code')
  const callback = await visit(request.url, registration.redirectUri)
  console.log(`  ${callback.origin}${callback.pathname}?code=...`)

  console.log('\nExchange the code. The proof has the nonce of the authorization server')
  const first = await program.exchangeCode(callback, request)
  console.log(`  ${first.token_type} token, ${first.expires_in} seconds`)
  console.log('\nCall the API. The proof has the hash of the token, and the API asks for a nonce of its own')
  await call(first.access_token)

  console.log('\nRefresh the token with the same key')
  const second = await program.refresh(first.refresh_token ?? '')
  console.log('\nCall the API with the new token, and with the nonce of the API')
  await call(second.access_token)

  console.log('\nRefresh the token with another key, as an attacker with a stolen refresh token would')
  const attacker = await startProgram({ ...options, keys: await randomDPoPKeyPair('ES256') })
  await attacker.refresh(second.refresh_token ?? first.refresh_token ?? '').catch((error) => {
    if (!(error instanceof ResponseBodyError)) throw error
  })

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
  const asExpected = expected.filter((answer, index) => answer === answers[index]).length
  console.log(`\n${asExpected} of ${answers.length} answers as expected`)
  process.exitCode = asExpected === expected.length && answers.length === expected.length ? 0 : 1
} finally {
  for (const { close } of [authorizationServer, api]) close()
}
