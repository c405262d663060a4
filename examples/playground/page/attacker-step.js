// @ts-check
import { attacks } from './attacks.js'
import { chosenApi, withVerdicts } from './call-step.js'
import { chosen, element, find } from './element.js'
import { outcomeView } from './exchange.js'
import { exchangeView, folded } from './exchange-view.js'

/** @typedef {import('./attacks.js').Attack} Attack */
/** @typedef {import('./attacks.js').Stolen} Stolen */
/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {import('./call-step.js').Operator} Operator */

/** Step 5. @param {Client} client @param {Scene} scene @param {Operator} operator @param {import('./key.js').Key} attackerKey */
export function startAttackerStep(client, scene, operator, attackerKey) {
  const rows = attacks.map((attack) =>
    attackRow(attack, client, scene, operator, () => collectStolen(client, scene, attackerKey)),
  )
  find('attacks').replaceChildren(...rows.map(({ row }) => row))
  document.addEventListener('change', showTarget)
  client.addEventListener('change', () => {
    const ready = client.tokenFor(chosenApi(scene).origin) !== undefined
    find('attacker-needs').hidden = ready
    for (const { allow } of rows) allow(ready)
  })
}

/** Repeats the choices of step 4, which is out of sight here. */
export function showTarget() {
  find('attacker-target').textContent = ['api', 'freshness', 'mode'].map(chosen).join(', ')
}

/** @param {Attack} attack @param {Client} client @param {Scene} scene @param {Operator} operator @param {() => Stolen} steal */
function attackRow({ name, story, plan }, client, scene, operator, steal) {
  const answer = element('p', { role: 'status', class: 'answer' })
  const details = element('div', {})
  const button = element('button', { type: 'button', disabled: true }, name)
  button.addEventListener('click', async () => {
    const exchange = await client.send(await plan(steal()))
    const [sent] = await withVerdicts([exchange], operator)
    const reason = sent?.seen?.events.at(-1)?.reason
    const accepted = exchange.response.status < 300
    answer.replaceChildren(
      outcomeView(exchange.response),
      accepted ? '. You are in.' : '. The operator sees ',
      accepted ? '' : element('code', {}, reason ?? 'no event that arrived here'),
    )
    details.replaceChildren(folded('What happened', exchangeView(exchange, scene.steps, sent?.seen)))
  })
  return {
    row: element('li', {}, button, element('p', {}, story), answer, details),
    /** @param {boolean} ready */
    allow(ready) {
      button.disabled = !ready
      if (ready) return
      answer.replaceChildren()
      details.replaceChildren()
    },
  }
}

/** @param {Client} client @param {Scene} scene @param {import('./key.js').Key} attackerKey @returns {Stolen} */
export function collectStolen(client, scene, attackerKey) {
  const api = chosenApi(scene)
  const otherApi = scene.apis.find(({ name }) => name !== api.name)
  const token = client.tokenFor(api.origin)
  const otherToken = client.tokenFor(otherApi?.origin ?? '')
  const clientKey = client.key
  if (clientKey === undefined || token === undefined || otherToken === undefined)
    throw new Error('there is nothing to steal')
  return {
    client,
    clientKey,
    attackerKey,
    api,
    url: `${api.origin}/orders`,
    token,
    otherToken,
    async intercept() {
      const exchanges = await client.callApi(api, 'GET')
      return /** @type {import('./exchange.js').Exchange} */ (exchanges.at(-1)).request
    },
    async stealUnboundToken() {
      const response = await fetch('unbound-token', { method: 'POST', body: JSON.stringify({ resource: api.origin }) })
      return (await response.json()).access_token
    },
  }
}
