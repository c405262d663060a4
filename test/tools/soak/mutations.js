// @ts-check
// Requests of an attacker: each mutation changes a good request, and no mutated request may be accepted.
import { spoilSignature } from '../bench/support/credentials.js'

/** @typedef {import('./random.js').Random} Random */
/** @typedef {import('./tickets.js').Ticket} Ticket */
/** @typedef {import('./tickets.js').Request} Request */
/** @typedef {{ ticket: Ticket, other: Ticket, random: Random }} Material `other` belongs to another client. */
/** @typedef {(material: Material) => Request} Mutation */

const host = ['Host', '127.0.0.1']

/** @param {Ticket} ticket @param {string[]} headers */
const withHeaders = ({ request }, headers) => ({ ...request, headers: [...host, ...headers] })

/** @param {Ticket} ticket @param {string} proof */
const withProof = (ticket, proof) => withHeaders(ticket, ['Authorization', `DPoP ${ticket.accessToken}`, 'DPoP', proof])

/** @param {Ticket} ticket @param {string} authorization */
const withAuthorization = (ticket, authorization) =>
  withHeaders(ticket, ['Authorization', authorization, 'DPoP', ticket.proof])

/** @param {string} json */
const encode = (json) => Buffer.from(json).toString('base64url')

/** @param {string} compact */
const split = (compact) => /** @type {[string, string, string]} */ (compact.split('.'))

/** @param {string} text @param {Random} random */
function flipBit(text, random) {
  const index = random.between(0, text.length - 1)
  const flipped = String.fromCharCode(text.charCodeAt(index) ^ (1 << random.between(0, 7)))
  return `${text.slice(0, index)}${flipped}${text.slice(index + 1)}`
}

/** Any byte except those that end a line. @param {Random} random */
const anyBytes = (random) => random.characters(random.between(1, 400), 0, 255).replace(/[\r\n]/g, '?')

/** @param {Random} random */
const visibleBytes = (random) => random.characters(random.between(1, 400), 0x21, 0x7e)

/** Servers may print a path, so it must not look like a piece of a credential. @param {string} text */
const shortWords = (text) => text.replace(/[\w-]{12}/g, '$&.')

/** @param {Random} random */
const base64urlBytes = (random) => encode(random.characters(random.between(1, 200), 0, 255))

/** @type {Record<'malformed bytes' | 'malformed parts' | 'malformed request', readonly Mutation[]>} */
export const mutations = {
  'malformed bytes': [
    ({ ticket, random }) => withProof(ticket, anyBytes(random)),
    ({ ticket, random }) => withProof(ticket, visibleBytes(random)),
    ({ ticket, random }) => withProof(ticket, flipBit(ticket.proof, random)),
    ({ ticket, random }) => withProof(ticket, ticket.proof.slice(0, random.between(0, ticket.proof.length - 1))),
    ({ ticket, random }) => withAuthorization(ticket, anyBytes(random)),
    ({ ticket, random }) => withAuthorization(ticket, visibleBytes(random)),
    ({ ticket, random }) => withAuthorization(ticket, `DPoP ${anyBytes(random)}`),
    ({ ticket, random }) => withAuthorization(ticket, `DPoP ${flipBit(ticket.accessToken, random)}`),
    ({ ticket, random }) =>
      withAuthorization(
        ticket,
        `DPoP ${ticket.accessToken.slice(0, random.between(0, ticket.accessToken.length - 1))}`,
      ),
  ],
  'malformed parts': [
    ({ ticket }) => withHeaders(ticket, []),
    ({ ticket }) => withHeaders(ticket, ['Authorization', `DPoP ${ticket.accessToken}`]),
    ({ ticket }) => withHeaders(ticket, ['DPoP', ticket.proof]),
    ({ ticket }) => withHeaders(ticket, [...ticket.request.headers.slice(2), 'DPoP', ticket.proof]),
    ({ ticket }) => withAuthorization(ticket, `Bearer ${ticket.accessToken}`),
    ({ ticket }) => withAuthorization(ticket, 'Basic c29hazpzb2Fr'),
    ({ ticket }) => withAuthorization(ticket, `DPoP ${ticket.proof}`),
    ({ ticket }) => withAuthorization(ticket, `DPoP ${spoilSignature(ticket.accessToken)}`),
    ({ ticket }) => withProof(ticket, spoilSignature(ticket.proof)),
    ({ ticket }) => withProof(ticket, ticket.accessToken),
    ({ ticket, other }) => withProof(ticket, other.proof),
    ({ ticket, other }) => withAuthorization(ticket, `DPoP ${other.accessToken}`),
    ({ ticket, other }) => {
      const [header] = split(ticket.proof)
      const [, payload, signature] = split(other.proof)
      return withProof(ticket, `${header}.${payload}.${signature}`)
    },
    ({ ticket, random }) => {
      const parts = split(ticket.proof)
      parts[random.between(0, 2)] = base64urlBytes(random)
      return withProof(ticket, parts.join('.'))
    },
    ({ ticket, random }) => {
      const parts = split(ticket.proof)
      parts[random.between(0, 2)] = ''
      return withProof(ticket, parts.join('.'))
    },
    ({ ticket }) => withProof(ticket, `${ticket.proof}.${ticket.proof}`),
    ({ ticket }) => withProof(ticket, split(ticket.proof).reverse().join('.')),
    ({ ticket, random }) => {
      const [, payload, signature] = split(ticket.proof)
      const depth = random.between(100, 900)
      return withProof(ticket, `${encode(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)}.${payload}.${signature}`)
    },
    ({ ticket }) => {
      const [, payload] = split(ticket.proof)
      return withProof(ticket, `${encode('{"typ":"dpop+jwt","alg":"none"}')}.${payload}.`)
    },
    ({ ticket }) => ({ ...ticket.request, method: 'POST' }),
    ({ ticket }) => ({ ...ticket.request, target: '/orders/1843' }),
  ],
  'malformed request': [
    ({ ticket }) => ({ ...ticket.request, target: '/orders/../orders/1842' }),
    ({ ticket }) => ({ ...ticket.request, target: '/orders\\1842' }),
    ({ ticket }) => ({ ...ticket.request, target: '/orders/%' }),
    ({ ticket }) => ({ ...ticket.request, target: 'http://elsewhere.example.com/orders/1842' }),
    ({ ticket }) => ({ ...ticket.request, target: `/orders/1842?access_token=${ticket.accessToken}` }),
    ({ ticket }) => ({ ...ticket.request, headers: [...ticket.request.headers, 'Host', 'elsewhere.example.com'] }),
    ({ ticket }) => ({
      ...ticket.request,
      headers: [...ticket.request.headers, ...ticket.request.headers.slice(2, 4)],
    }),
    ({ ticket, random }) => ({ ...ticket.request, method: `X${random.characters(random.between(0, 9), 0x41, 0x5a)}` }),
    ({ ticket, random }) => ({ ...ticket.request, target: `/${shortWords(visibleBytes(random))}` }),
  ],
}

/** A proof that is too long for a guard, but not for Node. @type {Mutation} */
export const lengthenProof = ({ ticket, random }) =>
  withProof(ticket, `${ticket.proof}${'A'.repeat(random.between(8192, 12_000))}`)

/** Header fields that are too long for Node, at any place. @type {Mutation} */
export function oversize({ ticket, random }) {
  const filler = 'A'.repeat(random.between(17_000, 60_000))
  return random.one([
    withProof(ticket, `${ticket.proof}${filler}`),
    withAuthorization(ticket, `DPoP ${ticket.accessToken}${filler}`),
    { ...ticket.request, headers: [...ticket.request.headers, 'X-Filler', filler] },
    { ...ticket.request, target: `${ticket.request.target}?${filler}` },
  ])
}
