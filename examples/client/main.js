// @ts-check
// A program on the user's machine. It gets a token that is bound to a key of its own, and calls an API with it. Register it at your
// authorization server as a public client with the redirect URI http://127.0.0.1:8976/callback, and run it:
// ISSUER=https://as.example.com CLIENT_ID=... RESOURCE=https://api.example.com URL=https://api.example.com/orders npm start
import { homedir } from 'node:os'
import { join } from 'node:path'
import { waitForCallback } from './callback.js'
import { openKeyFile } from './key-file.js'
import { startProgram } from './program.js'

const {
  ISSUER = 'https://as.example.com',
  CLIENT_ID,
  RESOURCE = 'https://api.example.com',
  URL: api = `${RESOURCE}/orders`,
  CALLBACK_PORT = '8976',
  KEY_FILE = join(homedir(), '.config', 'dpop-example', 'key.json'),
} = process.env
if (!CLIENT_ID) throw new Error('set CLIENT_ID')

const redirectUri = `http://127.0.0.1:${CALLBACK_PORT}/callback`
const { keys, made } = await openKeyFile(KEY_FILE)
const program = await startProgram({ issuer: ISSUER, clientId: CLIENT_ID, redirectUri, resource: RESOURCE, keys })
console.log(`${made ? 'new key, stored in' : 'key from'} ${KEY_FILE}, thumbprint ${program.thumbprint}`)

const request = await program.pushAuthorizationRequest()
const callback = waitForCallback(redirectUri)
console.log(`open ${request.url}`)
const { access_token: token } = await program.exchangeCode(await callback, request)

const response = await program.call(new URL(api), token)
console.log(`${response.status} ${await response.text()}`)
