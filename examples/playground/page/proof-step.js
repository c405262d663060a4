// @ts-check
import { find } from './element.js'
import { folded } from './exchange-view.js'
import { proofView } from './jwt-view.js'

/** Step 2. @param {import('./client.js').Client} client @param {import('./scene.js').Scene} scene */
export function startProofStep(client, { tokenEndpoint, steps }) {
  const sign = find('sign-proof', HTMLButtonElement)
  const status = find('proof-status')
  const view = find('proof-view')

  sign.addEventListener('click', async () => {
    const proof = await client.prove({ method: 'POST', url: tokenEndpoint })
    client.keptProof = proof
    view.replaceChildren(folded('The proof, decoded', proofView(proof, steps)))
    status.textContent = 'Signed. Step 3 sends this proof, if you go on within a minute.'
  })
  client.addEventListener('change', () => {
    sign.disabled = client.key === undefined
    find('proof-result').textContent = client.key === undefined ? 'Make a key first' : '✓ Signed'
    find('proof-needs').hidden = client.key !== undefined
    if (client.key !== undefined) return
    view.replaceChildren()
    status.textContent = ''
  })
}
