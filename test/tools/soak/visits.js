// @ts-check
// Each visit opens its own connections, and closes all of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { exportPath } from './api.js'
import { lengthenProof, mutations, oversize } from './mutations.js'
import { createTicket } from './tickets.js'
import { createVisitor } from './visitor.js'

/** @typedef {import('./scene.js').Server} Server */
/** @typedef {import('./kinds.js').Kind} Kind */

/** @param {import('./visitor.js').Surroundings & { storeWasDown: (from: number) => boolean }} surroundings */
export function createVisits({ storeWasDown, ...surroundings }) {
  const { servers, issuer, judge, random } = surroundings
  const visitor = createVisitor(surroundings)
  const { createHolder, takeGrant, createTicketFor, siblings, connected, settle, ask, askAlone, useFirst } = visitor

  /** The kind of a second use, after this outcome of the first. @param {unknown} outcome @param {Kind} kind @returns {Kind} */
  const secondUse = (outcome, kind) => (outcome === 200 ? kind : 'used after a 503')

  /** @param {Server} server */
  const keepConnection = (server) =>
    connected(server, async (connection) => {
      for (let left = random.between(1, 8); left > 0; left--) await useFirst(server, connection)
    })

  /** @param {Server} server */
  async function useAgain(server) {
    const { ticket, outcome } = await connected(server, async (connection) => {
      const first = await useFirst(server, connection)
      const second = await ask(server, secondUse(first.outcome, 'used again'), first.ticket, connection)
      return { ticket: first.ticket, outcome: first.outcome === 200 ? 200 : second }
    })
    await askAlone(random.one(siblings(server)), secondUse(outcome, 'used again elsewhere'), ticket)
  }

  async function useAgainLater() {
    const used = visitor.recall()
    if (used !== undefined) await askAlone(random.one(used.servers), 'used again much later', used.ticket)
  }

  /** @param {Server} server */
  async function useAtOnce(server) {
    const ticket = createTicketFor(server)
    const from = performance.now()
    const targets = Array.from({ length: random.between(2, 8) }, () => random.one(siblings(server)))
    const outcomes = await Promise.all(targets.map((target) => askAlone(target, 'used many times at once', ticket)))
    const once = outcomes.filter((outcome) => outcome === 200).length === 1
    if (!once && !outcomes.includes('nonce') && !storeWasDown(from))
      judge.violate('used at once, and not accepted once')
  }

  /** @param {Server} server */
  const pipeline = (server) =>
    connected(server, async (connection) => {
      const [first, last] = [createTicketFor(server), createTicketFor(server)]
      const malformed = visitor.mutated(server, random.one(mutations['malformed parts']))
      const from = performance.now()
      connection.write(first.text + first.text + malformed.text + last.text)
      settle(server, 'pipelined, twice the same', first, from, await connection.next())
      settle(server, 'pipelined, twice the same', first, from, await connection.next())
      settle(server, 'pipelined, malformed', malformed, from, await connection.next())
      settle(server, 'first use', last, from, await connection.next())
    })

  /** @param {Server} server */
  const sendSlowly = (server) =>
    connected(server, async (connection) => {
      const ticket = createTicketFor(server)
      const from = performance.now()
      await visitor.trickle(connection, ticket.text)
      settle(server, 'first use, byte by byte', ticket, from, await connection.next())
    })

  /** @param {Server} server */
  async function abortInRequest(server) {
    const ticket = createTicketFor(server)
    await connected(server, async (connection) => {
      const part = ticket.text.slice(0, random.between(1, ticket.text.length - 3))
      if (part.length < 200) await visitor.trickle(connection, part)
      else connection.write(part)
      await sleep(random.between(0, 50))
      random.one([connection.reset, connection.close])()
    })
    judge.count('aborted', 'aborted')
    await askAlone(server, 'first use', ticket)
  }

  /** @param {Server} server */
  async function abortBeforeAnswer(server) {
    const ticket = createTicketFor(server)
    await connected(server, async (connection) => {
      connection.write(ticket.text)
      await sleep(random.between(0, 5))
      random.one([connection.reset, connection.close])()
    })
    judge.count('aborted', 'aborted')
    await askAlone(server, 'used after an abort', ticket)
  }

  /** @param {Server} server */
  async function abortInAnswer(server) {
    const ticket = createTicketFor(server, { target: exportPath })
    const outcome = await connected(server, async (connection) => {
      const from = performance.now()
      connection.write(ticket.text)
      const answer = await connection.beginning()
      connection.reset()
      return settle(server, 'first use, cut off in the answer', ticket, from, answer)
    })
    judge.count('aborted', 'aborted')
    await askAlone(server, secondUse(outcome, 'used again'), ticket)
  }

  /** @param {Server} server */
  const readLongAnswer = (server) => askAlone(server, 'first use', createTicketFor(server, { target: exportPath }))

  /** @param {Server} server */
  function sendMalformed(server) {
    const kind = random.one(/** @type {(keyof typeof mutations)[]} */ (Object.keys(mutations)))
    return askAlone(server, kind, visitor.mutated(server, random.one(mutations[kind])))
  }

  /** @param {Server} server */
  const sendLongProof = (server) => askAlone(server, 'proof too long', visitor.mutated(server, lengthenProof))

  /** @param {Server} server */
  const sendOversized = (server) => askAlone(server, "over Node's header limit", visitor.mutated(server, oversize))

  /** @param {Server} server */
  async function sendOtherKeys(server) {
    const { client } = takeGrant()
    /** @param {string} accessToken */
    const ticketWith = (accessToken) =>
      createTicket({ client, accessToken }, { publicUrl: server.plan.publicUrl, nonce: server.nonce })
    await askAlone(server, 'unknown key', ticketWith(issuer.mintStrange(client.jkt)))
    const forgotten = issuer.mintForgotten(client.jkt)
    if (forgotten !== undefined) await askAlone(server, 'withdrawn key', ticketWith(forgotten))
  }

  async function sendBadNonce() {
    const server = random.one(servers.filter(({ plan }) => plan.nonces))
    const nonce = random.one([undefined, server.nonce?.slice(1), 'AAAA'])
    const ticket = createTicket(takeGrant(), { publicUrl: server.plan.publicUrl, nonce })
    await askAlone(server, 'nonce missing or old', ticket)
  }

  /** The visits with their weights, which add up to about a hundred. @type {[visit: (server: Server) => Promise<unknown>, weight: number][]} */
  const weights = [
    [keepConnection, 30],
    [useAgain, 12],
    [useAgainLater, 6],
    [useAtOnce, 6],
    [pipeline, 5],
    [sendSlowly, 3],
    [abortInRequest, 4],
    [abortBeforeAnswer, 4],
    [abortInAnswer, 4],
    [readLongAnswer, 2],
    [sendMalformed, 24],
    [sendLongProof, 2],
    [sendOversized, 2],
    [sendOtherKeys, 3],
    [sendBadNonce, 2],
  ]
  const choices = weights.flatMap(([visit, weight]) => Array.from({ length: weight }, () => visit))

  return {
    /** One of the visits, at one of the servers. */
    visit: () => random.one(choices)(random.one(servers)),

    /** Sends requests of new clients, one after the other. @param {Server} server @param {number} count */
    bringNewcomers: (server, count) =>
      connected(server, async (connection) => {
        for (let left = count; left > 0; left--) await useFirst(server, connection, 'newcomer', createHolder())
      }),

    /** Makes the server fetch the issuer's keys and send its nonce. @param {Server} server */
    meet: (server) => connected(server, (connection) => useFirst(server, connection)),
  }
}
