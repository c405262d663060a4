// @ts-check
import { find } from './element.js'
import { proofView } from './jwt-view.js'

/** Step 2. @param {import('./client.js').Client} client @param {import('./scene.js').Scene} scene */
export function startProofStep(client, { tokenEndpoint, steps }) {
  const sign = find('sign-proof', HTMLButtonElement)
  const status = find('proof-status')
  const view = find('proof-view')

  sign.addEventListener('click', async () => {
    view.replaceChildren(proofView(await client.prove({ method: 'POST', url: tokenEndpoint }), steps))
    status.textContent = 'Signed. Only jti, iat and the signature change when you sign again.'
  })
  client.addEventListener('change', () => {
    sign.disabled = client.key === undefined
    find('proof-needs').hidden = client.key !== undefined
    if (client.key !== undefined) return
    view.replaceChildren()
    status.textContent = ''
  })
}
