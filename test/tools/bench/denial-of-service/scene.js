// @ts-check
// One issuer, one client, and the guards under attack.
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

/** It is accepted every time, because these guards remember no proof. */
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

// Subscribers watch all events, as in production.
for (const name of Object.values(diagnosticsChannels)) subscribe(name, ignore)

/** Guards by name: with the defaults, and with options that need more work. @type {Record<string, (request: import('@dpop-guard/core').GuardRequest) => Promise<unknown>>} */
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

/** Only a function knows its issuers, and it knows none. */
const tenants = createGuard({ ...common, issuer: () => undefined })
/** @param {Request} request */
export const askTenants = (request) => tenants.check(request)

/** The accepted check that every input is compared with. */
export async function createAccepted() {
  const request = createRequest({ authorization: `DPoP ${accessToken}`, proof: goodProof })
  const { accepted } = await strict.check(request)
  if (!accepted) throw new Error('the good request is not accepted')
  // The other guard also knows the token and the key, as if it had seen the client before.
  await lenient.check(request)
  return { request, check: guards.defaults ?? ignore }
}

/** The answer of every URL. @type {(path: string) => string} */
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
/** A step of the clock after which every document is fetched again. */
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
