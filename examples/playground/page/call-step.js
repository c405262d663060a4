// @ts-check
import { chosen, element, find } from './element.js'
import { outcomesView, outcomeView } from './exchange.js'
import { exchangesView } from './exchange-view.js'

/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {ReturnType<typeof import('./operator.js').watchOperator>} Operator */
/** @typedef {import('./exchange.js').Exchange} Exchange */

/** Step 4. @param {import('./client.js').Client} client @param {Scene} scene @param {Operator} operator */
export function startCallStep(client, scene, operator) {
  const send = find('send-call', HTMLButtonElement)
  const status = find('call-status')
  const view = find('call-view')

  find('api-choice').replaceChildren(...scene.apis.map(apiChoice))
  send.addEventListener('click', async () => {
    const exchanges = await client.callApi(chosenApi(scene), chosen('method'))
    view.replaceChildren(exchangesView(await withVerdicts(exchanges, operator), scene.steps))
    status.replaceChildren(...outcomesView(exchanges), '.')
    const { response } = /** @type {Exchange} */ (exchanges.at(-1))
    find('call-result').replaceChildren(outcomeView(response))
  })
  client.addEventListener('change', () => {
    const ready = client.tokenFor(chosenApi(scene).origin) !== undefined
    send.disabled = !ready
    find('call-needs').hidden = ready
    if (!ready) find('call-result').textContent = 'Get a token first'
    if (ready) return
    view.replaceChildren()
    status.textContent = ''
  })
}

/** @param {Scene} scene */
export function chosenApi({ apis }) {
  const api = apis.find(({ name }) => name === chosen('api'))
  if (api === undefined) throw new Error('no API is chosen')
  return api
}

/** @param {Exchange[]} exchanges @param {Operator} operator */
export function withVerdicts(exchanges, operator) {
  return Promise.all(
    exchanges.map(async (exchange) => {
      const id = exchange.response.headers['request-id']
      return { exchange, seen: id === undefined ? undefined : await operator.seen(id) }
    }),
  )
}

/** @param {import('./scene.js').Api} api @param {number} index */
function apiChoice({ name, origin }, index) {
  const input = element('input', { type: 'radio', name: 'api', value: name, checked: index === 0 })
  return element('label', {}, input, ` ${name} `, element('span', { class: 'origin' }, origin))
}
