// @ts-check
import { element, find } from './element.js'
import { canonicalText, forgetKey, loadKey, makeKeptKey } from './key.js'

/** Step 1. @param {import('./client.js').Client} client */
export async function startKeyStep(client) {
  const make = find('make-key', HTMLButtonElement)
  const exportIt = find('export-key', HTMLButtonElement)
  const forget = find('forget-key', HTMLButtonElement)
  const status = find('key-status')

  make.addEventListener('click', async () => {
    client.key = await makeKeptKey()
    status.textContent = 'A new key. Its thumbprint is below.'
  })
  exportIt.addEventListener('click', async () => {
    if (client.key !== undefined) status.textContent = await tryToExport(client.key)
  })
  forget.addEventListener('click', async () => {
    await forgetKey()
    client.key = undefined
    status.textContent = 'Forgotten. Nobody can sign with this key any more.'
  })
  client.addEventListener('change', () => {
    const { key } = client
    make.disabled = key !== undefined
    exportIt.disabled = key === undefined
    forget.disabled = key === undefined
    find('key-view').replaceChildren(...(key === undefined ? [] : [keyView(key)]))
  })

  const kept = await loadKey()
  if (kept !== undefined) status.textContent = 'The key of your last visit, from IndexedDB.'
  client.key = kept
}

/** @param {import('./key.js').Key} key */
async function tryToExport({ privateKey }) {
  try {
    await crypto.subtle.exportKey('jwk', privateKey)
    return 'The browser gave it away.'
  } catch (error) {
    return `The browser refuses: ${error instanceof Error ? `${error.name}, ${error.message}` : error}`
  }
}

/** @param {import('./key.js').Key} key */
function keyView({ jwk, thumbprint }) {
  return element(
    'dl',
    { class: 'members' },
    element('dt', {}, 'Public key (JWK)'),
    element(
      'dd',
      {},
      element('pre', {}, JSON.stringify(jwk, null, 2)),
      element('p', {}, 'It goes into the header of every proof, for everyone to see.'),
    ),
    element('dt', {}, 'Thumbprint (jkt)'),
    element(
      'dd',
      {},
      element('code', { class: 'value', id: 'thumbprint' }, thumbprint),
      element('p', {}, 'The short name of this key (RFC 7638): the SHA-256 hash, in base64url, of exactly this text:'),
      element('code', { class: 'value' }, canonicalText(jwk)),
    ),
  )
}
