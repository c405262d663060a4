// @ts-check
import { element } from './element.js'
import { proofMembers, tokenMembers } from './members.js'
import { readJwt } from './proof.js'

const parts = ['header', 'claims', 'signature']

/** The three parts of a JWT in three colours. @param {string} jwt */
export function encodedView(jwt) {
  const code = element('code', { class: 'jwt' })
  for (const [index, part] of jwt.split('.').entries()) {
    if (index > 0) code.append('.')
    code.append(element('span', { class: `part ${parts[index]}` }, part))
  }
  return code
}

/** @param {string} proof */
export function proofView(proof) {
  const { header, claims } = readJwt(proof)
  return element(
    'div',
    { class: 'jwt-view' },
    encodedView(proof),
    element('h3', { class: 'part header' }, 'Header'),
    element('dl', { class: 'members' }, ...Object.entries(header).flatMap(proofMember)),
    element('h3', { class: 'part claims' }, 'Claims'),
    element('dl', { class: 'members' }, ...Object.entries(claims).flatMap(proofMember)),
    element('h3', { class: 'part signature' }, 'Signature'),
    element(
      'dl',
      { class: 'members' },
      ...member(
        'ECDSA, 64 bytes',
        '',
        'It covers the header and the claims, and must verify with the key in jwk.',
        '6',
      ),
      ...member('the whole proof', '', 'There is one DPoP header, with one well-formed JWT.', '1, 2'),
    ),
  )
}

/** @param {string} token */
export function tokenView(token) {
  const { header, claims } = readJwt(token)
  /** @param {[string, unknown]} entry */
  const tokenMember = ([name, value]) => member(name, show(value), tokenMembers[name] ?? '')
  return element(
    'div',
    { class: 'jwt-view' },
    encodedView(token),
    element('h3', { class: 'part header' }, 'Header'),
    element('dl', { class: 'members' }, ...Object.entries(header).flatMap(tokenMember)),
    element('h3', { class: 'part claims' }, 'Claims'),
    element('dl', { class: 'members' }, ...Object.entries(claims).flatMap(tokenMember)),
  )
}

/** @param {[string, unknown]} entry */
function proofMember([name, value]) {
  const known = proofMembers[name]
  return member(name, show(value), known?.says ?? 'Guards do not read this member.', known?.check)
}

/** @param {string} name @param {string} value @param {string} says @param {string} [check] */
function member(name, value, says, check) {
  return [
    element('dt', {}, element('code', {}, name)),
    element(
      'dd',
      {},
      value === '' ? undefined : element('code', { class: 'value' }, value),
      element('p', {}, check === undefined ? undefined : element('span', { class: 'check' }, `check ${check}`), says),
    ),
  ]
}

/** @param {unknown} value */
function show(value) {
  return JSON.stringify(value, null, 1)
}
