// @ts-check
// Clients and strangers: each visit opens connections of its own, and leaves none behind.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../bench/support/credentials.js'
import { exportPath, orderPath } from './api.js'
import { openConnection } from './connection.js'
import { lengthenProof, mutations, oversize } from './mutations.js'
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
/** Shorter than its key is published. */
const tokenMilliseconds = 3000
/** Milliseconds. */
const longestTrickle = 2500
/** Of proofs that were accepted, to be used much later. */
const maxRemembered = 2000

/** @param {{ servers: readonly Server[], issuer: import('./issuer.js').RotatingIssuer, judge: Judge, random: import('./random.js').Random, storeWasDown: (from: number) => boolean }} surroundings */
export function createVisits({ servers, issuer, judge, random, storeWasDown }) {
  /** @returns {Holder} */
  function createHolder() {
    const client = createClient()
    judge.thumbprints.add(client.jkt)
    return { client, accessToken: '', renewAt: 0 }
  }
  const holders = Array.from({ length: holderCount }, createHolder)
  /** @type {Used[]} */
  const remembered = []

  /** @param {Holder} holder */
  function takeGrant(holder) {
    if (performance.now() >= holder.renewAt) {
      holder.accessToken = issuer.mint(holder.client.jkt)
      holder.renewAt = performance.now() + tokenMilliseconds
    }
    const { client, accessToken } = holder
    return { client, accessToken }
  }

  /** @param {Server} server @param {{ target?: string, holder?: Holder }} [choice] */
  const createTicketFor = ({ plan: { publicUrl }, nonce }, { target = orderPath, holder = random.one(holders) } = {}) =>
    createTicket(takeGrant(holder), { publicUrl, nonce, target })

  /** Those with the same store, that one too. @param {Server} server */
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
   * With a new proof if a nonce is wanted, as clients do.
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

  /** What a second use is, after this outcome of the first. @param {unknown} outcome @param {Kind} kind @returns {Kind} */
  const secondUse = (outcome, kind) => (outcome === 200 ? kind : 'used after a 503')

  /** Byte by byte. Without pauses once it has taken long: its token does not last. @param {Connection} connection @param {string} text */
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

  /** @type {{ weight: number, visit: (server: Server) => Promise<unknown> }[]} */
  const visits = [
    {
      weight: 30,
      visit: (server) =>
        connected(server, async (connection) => {
          for (let left = random.between(1, 8); left > 0; left--) await useFirst(server, connection)
        }),
    },
    {
      weight: 12,
      visit: async (server) => {
        const { ticket, outcome } = await connected(server, async (connection) => {
          const first = await useFirst(server, connection)
          const kind = secondUse(first.outcome, 'used again')
          return { ...first, outcome: first.outcome === 200 ? 200 : await ask(server, kind, first.ticket, connection) }
        })
        if (outcome === 200) await askAlone(server, 'used again', ticket)
        await askAlone(random.one(siblings(server)), secondUse(outcome, 'used again elsewhere'), ticket)
      },
    },
    {
      weight: 6,
      visit: async () => {
        if (remembered.length === 0) return
        const { ticket, servers: targets } = random.one(remembered)
        await askAlone(random.one(targets), 'used again much later', ticket)
      },
    },
    {
      weight: 6,
      visit: async (server) => {
        const ticket = createTicketFor(server)
        const from = performance.now()
        const targets = Array.from({ length: random.between(2, 8) }, () => random.one(siblings(server)))
        const outcomes = await Promise.all(targets.map((target) => askAlone(target, 'used many times at once', ticket)))
        const once = outcomes.filter((outcome) => outcome === 200).length === 1
        if (!once && !outcomes.includes('nonce') && !storeWasDown(from))
          judge.violate('used at once, and not accepted once')
      },
    },
    {
      weight: 5,
      visit: (server) =>
        connected(server, async (connection) => {
          const [first, last] = [createTicketFor(server), createTicketFor(server)]
          const malformed = mutated(server, random.one(mutations['malformed parts']))
          const from = performance.now()
          connection.write(first.text + first.text + malformed.text + last.text)
          for (const [kind, sent] of /** @type {[Kind, Sendable][]} */ ([
            ['pipelined, twice the same', first],
            ['pipelined, twice the same', first],
            ['pipelined, malformed', malformed],
            ['first use', last],
          ])) {
            settle(server, kind, sent, from, await connection.next())
          }
        }),
    },
    {
      weight: 3,
      visit: (server) =>
        connected(server, async (connection) => {
          const ticket = createTicketFor(server)
          const from = performance.now()
          await trickle(connection, ticket.text)
          settle(server, 'first use, byte by byte', ticket, from, await connection.next())
        }),
    },
    {
      weight: 4,
      visit: async (server) => {
        const ticket = createTicketFor(server)
        await connected(server, async (connection) => {
          const part = ticket.text.slice(0, random.between(1, ticket.text.length - 3))
          if (part.length < 200) await trickle(connection, part)
          else connection.write(part)
          await sleep(random.between(0, 50))
          random.one([connection.reset, connection.close])()
        })
        judge.count('aborted', 'aborted')
        await askAlone(server, 'first use', ticket)
      },
    },
    {
      weight: 4,
      visit: async (server) => {
        const ticket = createTicketFor(server)
        await connected(server, async (connection) => {
          connection.write(ticket.text)
          await sleep(random.between(0, 5))
          random.one([connection.reset, connection.close])()
        })
        judge.count('aborted', 'aborted')
        await askAlone(server, 'used after an abort', ticket)
      },
    },
    {
      weight: 4,
      visit: async (server) => {
        const ticket = createTicketFor(server, { target: exportPath })
        const outcome = await connected(server, async (connection) => {
          const from = performance.now()
          connection.write(ticket.text)
          const outcome = settle(server, 'first use, cut off in the answer', ticket, from, await connection.beginning())
          connection.reset()
          return outcome
        })
        judge.count('aborted', 'aborted')
        if (outcome !== 'nonce') await askAlone(server, secondUse(outcome, 'used again'), ticket)
      },
    },
    {
      weight: 2,
      visit: async (server) => {
        await askAlone(server, 'first use', createTicketFor(server, { target: exportPath }))
      },
    },
    {
      weight: 24,
      visit: async (server) => {
        const kind = random.one(/** @type {(keyof typeof mutations)[]} */ (Object.keys(mutations)))
        await askAlone(server, kind, mutated(server, random.one(mutations[kind])))
      },
    },
    { weight: 2, visit: (server) => askAlone(server, 'proof too long', mutated(server, lengthenProof)) },
    { weight: 2, visit: (server) => askAlone(server, "over Node's header limit", mutated(server, oversize)) },
    {
      weight: 3,
      visit: async (server) => {
        const { plan, nonce } = server
        const { client } = random.one(holders)
        const facts = { publicUrl: plan.publicUrl, nonce }
        const strange = { client, accessToken: issuer.mintStrange(client.jkt) }
        await askAlone(server, 'unknown key', createTicket(strange, facts))
        const accessToken = issuer.mintForgotten(client.jkt)
        if (accessToken !== undefined) {
          await askAlone(server, 'withdrawn key', createTicket({ client, accessToken }, facts))
        }
      },
    },
    {
      weight: 2,
      visit: async () => {
        const server = random.one(servers.filter(({ plan }) => plan.nonces))
        const { publicUrl } = server.plan
        const nonce = random.one([undefined, server.nonce?.slice(1), 'AAAA'])
        await askAlone(
          server,
          'nonce missing or old',
          createTicket(takeGrant(random.one(holders)), { publicUrl, nonce }),
        )
      },
    },
  ]
  const choices = visits.flatMap(({ weight, visit }) => Array.from({ length: weight }, () => visit))

  return {
    /** One of the visits, at one of the servers. */
    visit: () => random.one(choices)(random.one(servers)),

    /** Clients that nobody has seen, one after the other. @param {Server} server @param {number} count */
    async bringNewcomers(server, count) {
      await connected(server, async (connection) => {
        for (let left = count; left > 0; left--) await useFirst(server, connection, 'newcomer', createHolder())
      })
    },

    /** So that it knows keys and clients, and tells its nonce. */
    meet: (/** @type {Server} */ server) => connected(server, (connection) => useFirst(server, connection)),
  }
}
