// @ts-check
import { withProof } from './attacks.js'
import { chosenApi, withVerdicts } from './call-step.js'
import { chosen, find } from './element.js'
import { outcomeView } from './exchange.js'
import { exchangesView } from './exchange-view.js'
import { draftProof, signProof } from './proof.js'

/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./scene.js').Scene} Scene */

/** The last part of step 5. @param {Client} client @param {Scene} scene @param {import('./call-step.js').Operator} operator @param {import('./key.js').Key} attackerKey */
export function startEditor(client, scene, operator, attackerKey) {
  const header = find('editor-header', HTMLTextAreaElement)
  const claims = find('editor-claims', HTMLTextAreaElement)
  const fresh = find('fresh-proof', HTMLButtonElement)
  const send = find('send-proof', HTMLButtonElement)
  const status = find('editor-status')
  const view = find('editor-view')

  fresh.addEventListener('click', async () => {
    const { key } = client
    const { url, token } = target(client, scene)
    if (key === undefined) return
    const draft = await draftProof(key, { method: chosen('method'), url, token, nonce: client.nonceFor(url) })
    header.value = JSON.stringify(draft.header, null, 2)
    claims.value = JSON.stringify(draft.claims, null, 2)
    status.textContent = `A proof for ${chosen('method')} ${url}, not signed yet.`
  })
  find('editor').addEventListener('submit', async (event) => {
    event.preventDefault()
    const { url, token } = target(client, scene)
    const signer = chosen('signer') === 'client' ? client.key : attackerKey
    const contents = { header: readMembers(header), claims: readMembers(claims) }
    const broken = [header, claims].find((field) => field.getAttribute('aria-invalid') === 'true')
    if (broken !== undefined || signer === undefined) {
      status.textContent = `The ${broken?.labels[0]?.textContent?.toLowerCase()} is not a JSON object.`
      broken?.focus()
      return
    }
    const exchange = await client.send(withProof(chosen('method'), url, token, await signProof(signer, contents)))
    const exchanges = await withVerdicts([exchange], operator)
    const reason = exchanges[0]?.seen?.events.at(-1)?.reason
    status.replaceChildren(outcomeView(exchange.response), `. The operator sees ${reason ?? 'an accepted request'}.`)
    view.replaceChildren(exchangesView(exchanges, scene.steps))
  })
  client.addEventListener('change', () => {
    const ready = client.tokenFor(chosenApi(scene).origin) !== undefined
    fresh.disabled = !ready
    send.disabled = !ready
  })
}

/** @param {Client} client @param {Scene} scene */
function target(client, scene) {
  const { origin } = chosenApi(scene)
  return { url: `${origin}/orders`, token: client.tokenFor(origin) ?? '' }
}

/** Parses the JSON object in a field, and marks the field if it is invalid. @param {HTMLTextAreaElement} field */
function readMembers(field) {
  const value = parse(field.value)
  const valid = typeof value === 'object' && value !== null && !Array.isArray(value)
  field.setAttribute('aria-invalid', String(!valid))
  return value
}

/** @param {string} value @returns {unknown} */
function parse(value) {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}
