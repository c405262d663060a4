// @ts-check
import { prepareAuthorization, readAuthorizationResponse } from './authorization.js'
import { sha256 } from './base64url.js'
import { element, find } from './element.js'
import { outcomesView } from './exchange.js'
import { exchangesView, folded } from './exchange-view.js'
import { tokenView } from './jwt-view.js'
import { readJwt } from './proof.js'

/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./scene.js').Scene} Scene */

/** Step 3. @param {Client} client @param {Scene} scene */
export function startTokenStep(client, scene) {
  const authorize = find('authorize', HTMLButtonElement)
  const exchange = find('exchange-code', HTMLButtonElement)
  const status = find('token-status')
  const view = find('token-view')
  /** @type {ReturnType<typeof readAuthorizationResponse>} */
  let authorization

  authorize.addEventListener('click', async () => {
    if (client.key !== undefined)
      location.assign(await prepareAuthorization(scene, client.key.thumbprint, client.keptProof))
  })
  exchange.addEventListener('click', async () => {
    if (authorization === undefined) return
    const exchanges = await client.getTokens(authorization)
    const request = authorizationRequestView(authorization.request)
    authorization = undefined
    exchange.disabled = true
    status.replaceChildren('The authorization server: ', ...outcomesView(exchanges), '. You have a token for each API.')
    const transcript = folded(
      `The ${exchanges.length} requests to the token endpoint`,
      exchangesView(
        exchanges.map((made) => ({ exchange: made })),
        scene.steps,
      ),
    )
    find('token-result').textContent = scene.apis.every(({ origin }) => isBound(client, client.tokenFor(origin)))
      ? '✓ Bound to key'
      : ''
    view.replaceChildren(
      ...(await Promise.all(scene.apis.map((api, index) => boundTokenView(client, api, index === 0)))),
      request,
      transcript,
    )
  })
  client.addEventListener('change', () => {
    authorize.disabled = client.key === undefined
    find('token-needs').hidden = client.key !== undefined
    if (client.key !== undefined) return
    find('token-result').textContent = 'Make a key first'
    authorization = undefined
    exchange.disabled = true
    view.replaceChildren()
    status.textContent = ''
  })

  return {
    /** Continues when the browser comes back from the authorization server. @param {ReturnType<typeof import('./progress.js').startProgress>} progress */
    resume(progress) {
      try {
        authorization = readAuthorizationResponse(scene)
      } catch (error) {
        status.textContent = error instanceof Error ? error.message : String(error)
      }
      if (authorization === undefined || client.key === undefined) return
      exchange.disabled = false
      client.keptProof = authorization.proof
      view.replaceChildren(authorizationRequestView(authorization.request))
      status.textContent = `You are back, with a code: ${authorization.code.slice(0, 8)}… It works once, and only with your key.`
      progress.foldBefore('token')
      exchange.focus()
    },
  }
}

/** @param {URL} url */
function authorizationRequestView({ origin, pathname, searchParams }) {
  const lines = Array.from(searchParams, ([name, value]) => `${name}=${value}`)
  return folded('The authorization request', element('pre', {}, `GET ${origin}${pathname}`, '\n', lines.join('\n')))
}

/** @param {string} token */
function boundThumbprint(token) {
  const { cnf } = /** @type {{ cnf?: { jkt?: string } }} */ (readJwt(token).claims)
  return cnf?.jkt
}

/** @param {Client} client @param {string | undefined} token */
function isBound({ key }, token) {
  return token !== undefined && boundThumbprint(token) === key?.thumbprint
}

/** @param {Client} client @param {import('./scene.js').Api} api @param {boolean} open */
async function boundTokenView(client, { name, origin }, open) {
  const token = client.tokenFor(origin)
  if (token === undefined) return element('p', {}, `No token for ${name}.`)
  const bound = isBound(client, token)
  const view = folded(
    `Token for ${name}`,
    element(
      'div',
      {},
      element(
        'dl',
        { class: bound ? 'match' : 'match different' },
        element('dt', {}, element('code', {}, 'cnf.jkt'), ' in the token'),
        element('dd', {}, element('code', { class: 'value' }, `${boundThumbprint(token)}`)),
        element('dt', {}, 'Thumbprint of your key'),
        element('dd', {}, element('code', { class: 'value' }, `${client.key?.thumbprint}`)),
      ),
      element(
        'p',
        { class: bound ? 'good' : 'bad' },
        bound ? '✓ The same: this token is bound to your key.' : '✗ Different: this token is bound to another key.',
      ),
      element(
        'dl',
        { class: 'members' },
        element('dt', {}, element('code', {}, 'ath')),
        element(
          'dd',
          {},
          element('code', { class: 'value' }, await sha256(token)),
          element(
            'p',
            {},
            'The SHA-256 hash of the encoded token, in base64url. Proofs for this token must contain it.',
          ),
        ),
      ),
      folded('The token, decoded', tokenView(token)),
    ),
  )
  view.open = open
  return view
}
