// @ts-check

import { collectStolen } from './attacker-step.js'
import { attacks } from './attacks.js'
import { chosenApi, withVerdicts } from './call-step.js'
import { chosen, find } from './element.js'
import { outcomeView } from './exchange.js'
import { exchangeView, folded } from './exchange-view.js'

/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {import('./call-step.js').Operator} Operator */

/**
 * The first part of step 5: a stolen token without DPoP and with DPoP, side by side.
 *
 * @param {Client} client
 * @param {Scene} scene
 * @param {Operator} operator
 * @param {import('./key.js').Key} attackerKey
 */
export function startComparison(client, scene, operator, attackerKey) {
  compare('unbound', async () => {
    const settings = { mode: chosen('mode'), freshness: chosen('freshness') }
    // The API has to accept Bearer tokens for this one request.
    await operator.change({ ...settings, mode: 'bearer-and-dpop' })
    try {
      return await attack('Steal an unbound token')
    } finally {
      await operator.change(settings)
    }
  })
  compare('bound', () => attack('Sign with your own key'))

  /** @param {string} wanted */
  async function attack(wanted) {
    const found = attacks.find(({ name }) => name === wanted)
    if (found === undefined) throw new Error(`there is no attack "${wanted}"`)
    return client.send(await found.plan(collectStolen(client, scene, attackerKey)))
  }

  /** @param {'unbound' | 'bound'} name @param {() => Promise<import('./exchange.js').Exchange>} send */
  function compare(name, send) {
    const button = find(`steal-${name}`, HTMLButtonElement)
    const status = find(`${name}-status`)
    const view = find(`${name}-view`)
    button.addEventListener('click', async () => {
      const exchange = await send()
      const [sent] = await withVerdicts([exchange], operator)
      const accepted = exchange.response.status < 300
      status.replaceChildren(outcomeView(exchange.response), accepted ? '. You are in.' : '. The token is useless.')
      view.replaceChildren(folded('What happened', exchangeView(exchange, scene.steps, sent?.seen)))
    })
    client.addEventListener('change', () => {
      button.disabled = client.tokenFor(chosenApi(scene).origin) === undefined
      if (!button.disabled) return
      status.replaceChildren()
      view.replaceChildren()
    })
  }
}
