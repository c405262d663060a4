// @ts-check
import { element } from './element.js'
import { proofMembers, tokenMembers } from './members.js'
import { readJwt } from './proof.js'
import { describeProofChecks } from './steps.js'

/** @typedef {import('./steps.js').Steps} Steps */

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

/** @param {string} proof @param {Steps} steps */
export function proofView(proof, steps) {
  const { header, claims } = readJwt(proof)
  /** @param {string[]} reasons */
  const checks = (reasons) => describeProofChecks(reasons.map((reason) => steps[reason]))
  /** @param {[string, unknown]} entry */
  const proofMember = ([name, value]) => {
    const { says, reasons } = proofMembers[name] ?? { says: 'Guards do not read this member.' }
    return member(name, show(value), says, reasons && checks(reasons))
  }
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
        checks(['proof_signature']),
      ),
      ...member(
        'the whole proof',
        '',
        'There is one DPoP header, with one well-formed JWT.',
        checks(['proof_missing', 'proof_malformed']),
      ),
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
