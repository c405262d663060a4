// @ts-check
// Compares each answer with the allowed ones, and counts them.
import { exportLine, exportLineCount, smallAnswer } from './api.js'
import { kinds } from './kinds.js'
import { findForeignText, findPiece } from './leaks.js'

/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {import('./kinds.js').Outcome} Outcome */
/** @typedef {import('./connection.js').Answer} Answer */
/** @typedef {ReturnType<typeof createJudge>} Judge */
/** @typedef {{ name: string, plan: import('./server.js').Plan }} Server */
/** @typedef {{ kind: Kind, server: Server, sent: { secrets: string, jti?: string }, from: number, answer: Answer | undefined }} Exchange */

const smallBody = JSON.stringify(smallAnswer)
const exportBody = exportLine.repeat(exportLineCount)

/** @param {Answer} answer @param {Kind} kind */
function isWhole({ body }, kind) {
  return kind === 'first use, cut off in the answer' || body === smallBody || body === exportBody
}

/** @param {(from: number) => boolean} storeWasDown - since then */
export function createJudge(storeWasDown) {
  /** @type {Map<Kind, Map<Outcome, number>>} */
  const counts = new Map()
  /** @type {Map<string, number>} */
  const violations = new Map()
  /** The server that accepted a proof. Servers with one store share their proofs. @type {Map<string, string>} */
  const acceptedBy = new Map()
  /** Proofs that were answered with 200. @type {Set<string>} */
  const answered = new Set()
  let slowest = 0
  /** The thumbprints of the clients' keys. @type {Set<string>} */
  const thumbprints = new Set()

  /** @param {Server} server @param {string} jti */
  const claimOf = ({ plan }, jti) => `${plan.publicUrl} ${jti}`

  /** @param {string} text */
  const violate = (text) => void violations.set(text, (violations.get(text) ?? 0) + 1)

  /** @param {Kind} kind @param {Outcome} outcome */
  function count(kind, outcome) {
    const row = counts.get(kind) ?? new Map()
    counts.set(kind, row.set(outcome, (row.get(outcome) ?? 0) + 1))
  }

  /** @param {Exchange} exchange @param {Answer} answer */
  function checkAnswer({ kind, server, sent }, answer) {
    const { status, fields, head, body } = answer
    const summary = `${server.name}, ${kind}: ${status}`
    const challenge = fields.get('www-authenticate')
    if (status === 401 && !/^DPoP .*\balgs="/.test(challenge ?? '')) violate(`${summary} without a challenge`)
    if (status === 503 && challenge !== undefined) violate(`${summary} with a challenge`)
    if (status === 200 && !isWhole(answer, kind)) violate(`${summary} with another body`)
    const piece = findPiece(`${head}\n${body}`, sent.secrets)
    if (piece !== undefined) violate(`${summary} repeats ${piece}`)
  }

  return {
    counts,
    violations,
    thumbprints,
    /** Milliseconds until the slowest answer, including the time to send. */
    get slowest() {
      return slowest
    },
    violate,
    count,

    /** @param {Exchange} exchange */
    record(exchange) {
      const { kind, server, sent, from, answer } = exchange
      const outcome = answer?.status ?? 'closed'
      slowest = Math.max(slowest, performance.now() - from)
      count(kind, outcome)
      /** @type {import('./kinds.js').Allowance} */
      const { outcomes, claims } = kinds[kind]
      const excused = outcome === 503 && claims && server.plan.store === 'redis' && storeWasDown(from)
      if (!outcomes.includes(outcome) && !excused)
        violate(`${server.name}, ${kind}: ${outcome} ${answer?.body.slice(0, 200) ?? ''}`)
      if (answer !== undefined) checkAnswer(exchange, answer)
      if (outcome === 200 && sent.jti !== undefined) answered.add(claimOf(server, sent.jti))
      return outcome
    },

    /** Records the proofs that a server has accepted. @param {Server} server @param {readonly string[]} proofs */
    recordAccepted(server, proofs) {
      for (const jti of proofs) {
        const claim = claimOf(server, jti)
        const before = acceptedBy.get(claim)
        if (before !== undefined) violate(`a proof was accepted by ${before}, then by ${server.name}`)
        acceptedBy.set(claim, server.name)
      }
    },

    /** Call it after all servers have reported. @param {readonly Server[]} servers */
    compareAcceptances(servers) {
      for (const claim of answered) if (!acceptedBy.has(claim)) violate('200, and the guard accepted nothing')
      const accepting = new Set(acceptedBy.values())
      for (const { name } of servers) if (!accepting.has(name)) violate(`${name} accepted nothing`)
      return acceptedBy.size
    },

    /** @param {Server} server @param {'stdout' | 'stderr'} source @param {string} line */
    readOutput({ name, plan }, source, line) {
      if (!plan.debug || source === 'stdout') violate(`${name} printed on ${source}: ${line.slice(0, 200)}`)
      const found = findForeignText(line, thumbprints)
      if (found !== undefined) violate(`${name} printed ${found} on ${source}`)
    },
  }
}
