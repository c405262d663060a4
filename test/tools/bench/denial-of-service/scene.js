// @ts-check
// One issuer, one client, and the guards that strangers meet.
import { subscribe } from 'node:diagnostics_channel'
import { createGuard, diagnosticsChannels } from '@dpop-guard/core'
import { ClientSecretBasic, introspection } from '@dpop-guard/core/introspection'
import { createClient, createIssuer, issuerUrl, resourceUrl } from '../support/credentials.js'

/** @typedef {{ method: string, target: string, headers: string[] }} Request */

export const issuer = createIssuer()
export const client = createClient()
export const accessToken = issuer.mintAccessToken(client.jkt)
const url = `${resourceUrl}/orders`
/** @param {Record<string, unknown>} [claims] */
const mintProof = (claims) => client.mintProof({ method: 'GET', url, accessToken, claims })

/** Accepted again and again: these guards remember no proof. */
export const goodProof = mintProof()
export const [goodHeader = '', goodClaims = '', goodSignature = ''] = goodProof.split('.')

const common = {
  issuer: { issuer: issuerUrl, jwks: issuer.jwks },
  resource: resourceUrl,
  replayStore: /** @type {const} */ ('off'),
  // Longer than a run.
  proof: { maxAgeSeconds: 3600 },
}

const strict = createGuard(common)
const lenient = createGuard({
  ...common,
  mode: 'bearer-and-dpop',
  freshness: 'both',
  nonce: { secrets: [Buffer.alloc(32, 7)] },
})

const ignore = () => {}

// Operators watch everything, as they should.
for (const name of Object.values(diagnosticsChannels)) subscribe(name, ignore)

/** By name: with the defaults, and with options that make more work. @type {Record<string, (request: Request) => Promise<unknown>>} */
export const guards = { defaults: (request) => strict.check(request), lenient: (request) => lenient.check(request) }

/** @param {{ authorization?: string | undefined, proof?: string | undefined, target?: string, more?: readonly string[] }} parts @returns {Request} */
export function createRequest({ authorization, proof, target = '/orders', more = [] }) {
  return {
    method: 'GET',
    target,
    headers: [
      ...['Host', 'api.example.com'],
      ...(authorization === undefined ? [] : ['Authorization', authorization]),
      ...(proof === undefined ? [] : ['DPoP', proof]),
      ...more,
    ],
  }
}

/** What everything is compared with. */
export async function createAccepted() {
  const request = createRequest({ authorization: `DPoP ${accessToken}`, proof: goodProof })
  const { accepted } = await strict.check(request)
  if (!accepted) throw new Error('the good request is not accepted')
  // The other guard knows token and key too, as it would of a client that it has seen.
  await lenient.check(request)
  return { request, check: guards.defaults ?? ignore }
}

/** What any URL answers. @type {(path: string) => string} */
let answerOf = () => ''

/** @param {(path: string) => string} answer */
export function setAnswers(answer) {
  answerOf = answer
  globalThis.fetch = async (input) =>
    new Response(Buffer.from(answerOf(new URL(String(input)).pathname), 'latin1'), {
      headers: { 'content-type': 'application/json' },
    })
}

let time = Math.floor(Date.now() / 1000)
/** So much later that every document is fetched again. */
export function passTime() {
  time += 100_000
}

/** Reads issuer metadata and key set for each request. */
export const fetching = createGuard({ issuer: issuerUrl, resource: resourceUrl, clock: () => time })

/** Asks about each token. */
export const asking = createGuard({
  issuer: issuerUrl,
  resource: resourceUrl,
  verifyAccessToken: introspection({
    issuer: issuerUrl,
    endpoint: `${issuerUrl}/introspect`,
    clientId: 'api',
    clientAuthentication: ClientSecretBasic('secret'),
    cacheSeconds: 0,
  }),
})
