// @ts-check
// Clients with their keys and tokens, and the ways in which they send requests.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../bench/support/credentials.js'
import { orderPath } from './api.js'
import { openConnection } from './connection.js'
import { createTicket, writeTicket } from './tickets.js'

/** @typedef {import('./scene.js').Server} Server */
/** @typedef {import('./tickets.js').Ticket} Ticket */
/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {import('./judge.js').Judge} Judge */
/** @typedef {{ text: string, secrets: string, jti?: string }} Sendable */
/** @typedef {{ ticket: Ticket, servers: readonly Server[] }} Used */
/** @typedef {{ client: import('./tickets.js').Client, accessToken: string, renewAt: number }} Holder */

const holderCount = 24
/** Shorter than the time for which its key stays published. */
const tokenMilliseconds = 3000
/** Milliseconds. */
const longestTrickle = 2500
/** How many accepted proofs are kept for a later use. */
const maxRemembered = 2000

/** @typedef {{ servers: readonly Server[], issuer: import('./issuer.js').RotatingIssuer, judge: Judge, random: import('./random.js').Random }} Surroundings */

/** @param {Surroundings} surroundings */
export function createVisitor({ servers, issuer, judge, random }) {
  /** @returns {Holder} */
  function createHolder() {
    const client = createClient()
    judge.thumbprints.add(client.jkt)
    return { client, accessToken: '', renewAt: 0 }
  }
  const holders = Array.from({ length: holderCount }, createHolder)
  /** @type {Used[]} */
  const remembered = []

  /** @param {Holder} [holder] */
  function takeGrant(holder = random.one(holders)) {
    if (performance.now() >= holder.renewAt) {
      holder.accessToken = issuer.mint(holder.client.jkt)
      holder.renewAt = performance.now() + tokenMilliseconds
    }
    const { client, accessToken } = holder
    return { client, accessToken }
  }

  /** @param {Server} server @param {{ target?: string, holder?: Holder | undefined }} [choice] */
  const createTicketFor = ({ plan: { publicUrl }, nonce }, { target = orderPath, holder } = {}) =>
    createTicket(takeGrant(holder), { publicUrl, nonce, target })

  /** The servers with the same store, including this one. @param {Server} server */
  const siblings = ({ plan: { publicUrl } }) => servers.filter(({ plan }) => plan.publicUrl === publicUrl)

  /** @template Result @param {Server} server @param {(connection: Connection) => Promise<Result>} use */
  async function connected({ port }, use) {
    const connection = await openConnection(port)
    try {
      return await use(connection)
    } finally {
      connection.close()
    }
  }

  /**
   * @param {Server} server
   * @param {Kind} kind
   * @param {Sendable} sent
   * @param {number} from
   * @param {import('./connection.js').Answer | undefined} answer
   */
  function settle(server, kind, sent, from, answer) {
    server.nonce = answer?.fields.get('dpop-nonce') ?? server.nonce
    const wantsNonce = server.plan.nonces && answer?.body.includes('"use_dpop_nonce"') === true
    const outcome = judge.record({ kind: wantsNonce ? 'nonce missing or old' : kind, server, sent, from, answer })
    return wantsNonce ? 'nonce' : outcome
  }

  /** @param {Server} server @param {Kind} kind @param {Sendable} sent @param {Connection} connection */
  async function ask(server, kind, sent, connection) {
    const from = performance.now()
    connection.write(sent.text)
    return settle(server, kind, sent, from, await connection.next())
  }

  /** @param {Server} server @param {Kind} kind @param {Sendable} sent */
  const askAlone = (server, kind, sent) => connected(server, (connection) => ask(server, kind, sent, connection))

  /**
   * Retries with a new proof if the server requires a nonce, as clients do.
   *
   * @param {Server} server
   * @param {Connection} connection
   * @param {Kind} [kind]
   * @param {Holder} [holder]
   */
  async function useFirst(server, connection, kind = 'first use', holder = random.one(holders)) {
    let ticket = createTicketFor(server, { holder })
    let outcome = await ask(server, kind, ticket, connection)
    if (outcome === 'nonce') {
      ticket = createTicketFor(server, { holder })
      outcome = await ask(server, kind, ticket, connection)
    }
    if (outcome === 200) remember(ticket, server)
    return { ticket, outcome }
  }

  /** @param {Ticket} ticket @param {Server} server */
  function remember(ticket, server) {
    const used = { ticket, servers: siblings(server) }
    if (remembered.length < maxRemembered) remembered.push(used)
    else remembered[random.between(0, maxRemembered - 1)] = used
  }

  /** Sends byte by byte. After some time it sends without pauses, because the token expires. @param {Connection} connection @param {string} text */
  async function trickle(connection, text) {
    const begun = performance.now()
    for (const character of text) {
      connection.write(character)
      const late = performance.now() - begun > longestTrickle
      if (!late) await sleep(random.between(0, 2))
    }
  }

  /** @param {Server} server @param {import('./mutations.js').Mutation} mutate */
  function mutated(server, mutate) {
    const holder = random.one(holders)
    const otherHolder = random.one(holders.filter((one) => one !== holder))
    const ticket = createTicketFor(server, { holder })
    const { secrets } = ticket
    const other = createTicketFor(server, { holder: otherHolder })
    const sent = writeTicket(mutate({ ticket, other, random }))
    return { text: sent.text, secrets: `${secrets}\n${sent.secrets}` }
  }

  /** An accepted proof, and the servers that it was for. */
  const recall = () => (remembered.length === 0 ? undefined : random.one(remembered))

  return {
    createHolder,
    takeGrant,
    createTicketFor,
    siblings,
    connected,
    settle,
    ask,
    askAlone,
    useFirst,
    recall,
    trickle,
    mutated,
  }
}
