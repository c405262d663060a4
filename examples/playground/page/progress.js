// @ts-check
import { find } from './element.js'

/** @typedef {'key' | 'proof' | 'token' | 'call' | 'attacker' | 'yours'} StepName */

/** The buttons of each step, in order. The first one that is enabled and not yet used leads on. @type {[StepName, string[]][]} */
const steps = [
  ['key', ['make-key']],
  ['proof', ['sign-proof']],
  ['token', ['exchange-code', 'authorize']],
  ['call', ['send-call']],
  ['attacker', ['steal-unbound', 'steal-bound']],
  ['yours', []],
]

/** What the button that leads on says, where the step's own button is not clear without its step. @type {Record<string, string>} */
const labels = {
  'steal-unbound': 'Steal a token without DPoP',
  'steal-bound': 'Steal a token with DPoP',
}

/**
 * The progress line, the one button that leads on, and the drawing. They show which steps are done.
 *
 * @param {import('./client.js').Client} client
 * @param {import('./scene.js').Scene} scene
 */
export function startProgress(client, { apis }) {
  const next = find('next', HTMLButtonElement)
  /** @type {Set<string>} */
  const used = new Set()
  let atEnd = false

  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || target === next) return
    used.add(target.id)
    show()
  })
  next.addEventListener('click', () => {
    const [name, button] = current()
    // After the last step comes the drawing, which now shows how it ended.
    const target = name === 'yours' && atEnd ? find('drawing', SVGElement) : find(name)
    atEnd = name === 'yours' && !atEnd
    target.scrollIntoView({ behavior: motion(), block: 'start' })
    if (button === undefined) show()
    else button.click()
  })
  client.addEventListener('change', () => {
    // Later steps start again with another key.
    if (client.key === undefined) used.clear()
    show()
  })
  show()

  /** @param {StepName} name */
  function isDone(name) {
    const token = apis.some(({ origin }) => client.tokenFor(origin) !== undefined)
    if (name === 'key') return client.key !== undefined
    if (name === 'proof') return token || (client.key !== undefined && client.keptProof !== undefined)
    if (name === 'token') return token
    const buttons = steps.find(([step]) => step === name)?.[1] ?? []
    return token && buttons.length > 0 && buttons.every((id) => used.has(id))
  }

  /** @returns {[StepName, HTMLButtonElement | undefined]} */
  function current() {
    const [name, buttons] = steps.find(([step]) => !isDone(step)) ?? ['yours', []]
    const enabled = buttons.map((id) => find(id, HTMLButtonElement)).filter(({ disabled }) => !disabled)
    return [name, enabled.find(({ id }) => name !== 'attacker' || !used.has(id)) ?? enabled[0]]
  }

  function show() {
    const [name, button] = current()
    const label = button && (labels[button.id] ?? button.textContent)
    const last = atEnd ? 'see the whole picture' : 'protect your own API'
    next.textContent = `Next: ${label === undefined ? last : lowerFirst(label)}`
    const done = steps.map(([step]) => step).filter(isDone)
    find('drawing', SVGElement).setAttribute('data-done', done.join(' '))
    for (const link of find('progress').querySelectorAll('a')) {
      const step = /** @type {StepName} */ (link.hash.slice(1))
      link.classList.toggle('done', isDone(step))
      if (step === name) link.setAttribute('aria-current', 'step')
      else link.removeAttribute('aria-current')
    }
  }
}

/** @param {string} label */
function lowerFirst(label) {
  return label.charAt(0).toLowerCase() + label.slice(1)
}

/** @returns {ScrollBehavior} */
function motion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'
}
