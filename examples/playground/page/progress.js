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

/** They fold to one line, unless you can use them now. Step 5 has more to try, so it stays open. @type {StepName[]} */
const foldable = ['key', 'proof', 'token', 'call']

/** What the button that leads on says, where the step's own button is not clear without its step. @type {Record<string, string>} */
const labels = {
  'steal-unbound': 'Steal a token without DPoP',
  'steal-bound': 'Steal a token with DPoP',
}

/**
 * The progress line, the one button that leads on, and the drawing. They show which steps are done. A step opens when you can
 * use it, and folds when it is finished and you use a later one.
 *
 * @param {import('./client.js').Client} client
 * @param {import('./scene.js').Scene} scene
 */
export function startProgress(client, { apis }) {
  const next = find('next', HTMLButtonElement)
  /** @type {Set<string>} */
  const used = new Set()
  /** A step that you open again stays open. @type {Set<StepName>} */
  const folded = new Set()
  /** @type {Set<StepName>} */
  const reached = new Set()
  let atEnd = false

  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || target === next) return
    const step = steps.find(([, buttons]) => buttons.includes(target.id))?.[0]
    if (step !== undefined) foldBefore(step)
    used.add(target.id)
    show()
  })
  find('progress').addEventListener('click', ({ target }) => {
    const step = foldable.find((name) => target instanceof Element && target.closest(`a[href="#${name}"]`))
    if (step !== undefined) setOpen(step, true)
  })
  next.addEventListener('click', () => {
    const [name, button] = current()
    // After the last step comes the drawing, which now shows how it ended.
    const target = name === 'yours' && atEnd ? find('drawing', SVGElement) : find(name)
    atEnd = name === 'yours' && !atEnd
    foldBefore(name)
    target.scrollIntoView({ behavior: motion(), block: 'start' })
    if (button === undefined) show()
    else button.click()
  })
  client.addEventListener('change', () => {
    // Later steps start again with another key.
    if (client.key === undefined) {
      used.clear()
      folded.clear()
    }
    show()
  })
  show()
  return { foldBefore }

  /** @param {StepName} name */
  function foldBefore(name) {
    const end = steps.findIndex(([step]) => step === name)
    for (const [step] of steps.slice(0, end)) {
      if (!foldable.includes(step) || !isDone(step) || folded.has(step)) continue
      folded.add(step)
      setOpen(step, false)
    }
  }

  /** @param {StepName} name */
  function isDone(name) {
    const token = apis.some(({ origin }) => client.tokenFor(origin) !== undefined)
    if (name === 'key') return client.key !== undefined
    if (name === 'proof') return token || (client.key !== undefined && client.keptProof !== undefined)
    if (name === 'token') return token
    const buttons = steps.find(([step]) => step === name)?.[1] ?? []
    return token && buttons.length > 0 && buttons.every((id) => used.has(id))
  }

  /** Opens each step that you can use now for the first time. */
  function openReached() {
    for (const [step, buttons] of steps) {
      if (!foldable.includes(step)) continue
      const isReached = isDone(step) || buttons.some((id) => !find(id, HTMLButtonElement).disabled)
      if (isReached === reached.has(step)) continue
      if (isReached) reached.add(step)
      else reached.delete(step)
      setOpen(step, isReached)
    }
  }

  /** @returns {[StepName, HTMLButtonElement | undefined]} */
  function current() {
    const [name, buttons] = steps.find(([step]) => !isDone(step)) ?? ['yours', []]
    const enabled = buttons.map((id) => find(id, HTMLButtonElement)).filter(({ disabled }) => !disabled)
    return [name, enabled.find(({ id }) => name !== 'attacker' || !used.has(id)) ?? enabled[0]]
  }

  function show() {
    openReached()
    const [name, button] = current()
    const label = button && (labels[button.id] ?? button.textContent)
    const last = atEnd ? 'see the whole picture' : 'protect your own API'
    next.textContent = `Next: ${label === undefined ? last : lowerFirst(label)}`
    const done = steps.map(([step]) => step).filter(isDone)
    find('drawing', SVGElement).setAttribute('data-done', done.join(' '))
    for (const link of find('progress').querySelectorAll('a')) {
      const step = /** @type {StepName} */ (link.hash.slice(1))
      link.classList.toggle('done', isDone(step))
      find(step).classList.toggle('done', isDone(step))
      if (step === name) link.setAttribute('aria-current', 'step')
      else link.removeAttribute('aria-current')
    }
  }
}

/** @param {StepName} name @param {boolean} open */
function setOpen(name, open) {
  find(name).querySelector('details')?.toggleAttribute('open', open)
}

/** @param {string} label */
function lowerFirst(label) {
  return label.charAt(0).toLowerCase() + label.slice(1)
}

/** @returns {ScrollBehavior} */
function motion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'
}
