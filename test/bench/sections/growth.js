// @ts-check
import { memoryReplayStore } from '@dpop-guard/core'
import { createIssuer } from '../support/credentials.js'
import { createKeys } from '../support/keys.js'
import { warmGuard } from '../support/guards.js'
import { spaced } from '../support/numbers.js'
import { createGrants, present, presentInTurn } from '../support/presentations.js'
import { measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'

export const title = 'As work grows'

/** @typedef {import('../support/presentations.js').Presentation} Presentation */
/** @typedef {import('../support/rounds.js').Contender<Presentation>} Contender */

const concurrency = 16
const items = 500
const issuer = createIssuer('ES256')

/** Clients who come in turn, each with a key and an access token of its own. */
async function growClients() {
  const contenders = []
  const turns = new Map()
  for (const count of [1, 10, 1000, 100_000]) {
    const grants = createGrants({ algorithm: 'ES256', issuer, count })
    const guard = await warmGuard({ name: spaced(count), issuer, grants, concurrency })
    const makeItems = presentInTurn(grants, items)
    /** @type {readonly Presentation[]} */
    let own = []
    contenders.push()
  }
}
