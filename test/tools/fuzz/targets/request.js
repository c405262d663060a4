// @ts-check
import { accessToken, checkRequest, proof } from '../scene.js'
import { fieldWords, readRequest } from './fields.js'

/** Good values have placeholders, so that mutations around them keep them good. @param {string} text */
const fill = (text) => text.replace('{token}', accessToken).replace('{proof}', proof)

/** A whole request as a string. @type {import('./index.d.ts').FuzzTarget} */
export const request = {
  name: 'request',
  share: 0.05,
  seeds: [
    'GET /orders\nHost: api.example.com\nAuthorization: DPoP {token}\nDPoP: {proof}',
    'GET https://api.example.com/orders?a=b#c\ndpop: {proof}\nAUTHORIZATION: dpop   {token}\nOrigin: https://a',
    'GET /orders\nAuthorization: Bearer {token}',
    'GET /orders?access_token={token}\nDPoP: {proof}',
    'POST /orders\nAuthorization: DPoP {token}\nAuthorization: Bearer {token}\n:authority: api.example.com',
  ],
  words: [...fieldWords, '{token}', '{proof}', 'DPoP {token}', 'DPoP: {proof}', '\nHost: api.example.com'],
  execute(input) {
    return checkRequest(readRequest(fill(input)))
  },
}
