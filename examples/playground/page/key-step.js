// @ts-check
import { element, find } from './element.js'
import { canonicalJwk, forgetKey, loadKey, makeStoredKey } from './key.js'

/** Step 1. @param {import('./client.js').Client} client */
export async function startKeyStep(client) {
  const make = find('make-key', HTMLButtonElement)
  const exportIt = find('export-key', HTMLButtonElement)
  const forget = find('forget-key', HTMLButtonElement)
  const status = find('key-status')

  make.addEventListener('click', async () => {
    client.key = await makeStoredKey()
    status.textContent = 'You have a new key. Its thumbprint is below.'
  })
  exportIt.addEventListener('click', async () => {
    if (client.key !== undefined) status.textContent = await tryToExport(client.key)
  })
  forget.addEventListener('click', async () => {
    await forgetKey()
    client.key = undefined
    status.textContent = 'The key is deleted. Nobody can sign with it any more.'
  })
  client.addEventListener('change', () => {
    const { key } = client
    make.disabled = key !== undefined
    exportIt.disabled = key === undefined
    forget.disabled = key === undefined
    find('key-result').textContent = key === undefined ? '' : `Thumbprint ${key.thumbprint.slice(0, 8)}…`
    find('key-view').replaceChildren(...(key === undefined ? [] : [keyView(key)]))
  })

  const stored = await loadKey()
  if (stored !== undefined) status.textContent = 'The key of your last visit, from IndexedDB.'
  client.key = stored
}

/** @param {import('./key.js').Key} key */
async function tryToExport({ privateKey }) {
  try {
    await crypto.subtle.exportKey('jwk', privateKey)
    return 'The browser exported the private key.'
  } catch (error) {
    return `The browser does not export it: ${error instanceof Error ? `${error.name}, ${error.message}` : error}`
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
      element('p', {}, 'Every proof has it in its header. It is no secret.'),
    ),
    element('dt', {}, 'Thumbprint (jkt)'),
    element(
      'dd',
      {},
      element('code', { class: 'value', id: 'thumbprint' }, thumbprint),
      element('p', {}, 'A short name for this key (RFC 7638): the SHA-256 hash, in base64url, of exactly this string:'),
      element('code', { class: 'value' }, canonicalJwk(jwk)),
    ),
  )
}
