// @ts-check
/** Explains what a person pastes, check by check. Everything happens in the page. */
import { element, find } from './element.js'

/**
 * @typedef {{ step: string, title: string, outcome: 'pass' | 'fail' | 'not checked', why?: string, expected?: string,
 *   received?: string, hint?: string }} Check
 * @typedef {{ checks: readonly Check[], summary: string, decoded: { header: object, payload: object } | undefined }} Explanation
 * @typedef {(text: string, options: object) => Promise<Explanation>} Explain
 */

const marks = { pass: 'passes', fail: 'fails', 'not checked': 'not checked' }

/** @param {Explain} explain @param {() => string} makeExample */
export function showExplanations(explain, makeExample) {
  const form = find('explain', HTMLFormElement)
  const text = find('pasted', HTMLTextAreaElement)
  let newest = 0

  async function update() {
    newest += 1
    const asked = newest
    if (text.value.trim() === '') return show('Paste a request, or a proof.', [])
    try {
      const { checks, summary, decoded } = await explain(text.value, readOptions())
      if (asked === newest) show(summary, checks, decoded)
    } catch (error) {
      if (asked === newest) show(error instanceof Error ? error.message : 'This cannot be read.', [])
    }
  }

  form.addEventListener('input', update)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    update()
  })
  find('example').addEventListener('click', () => {
    form.reset()
    text.value = makeExample()
    update()
  })
  form.addEventListener('reset', () => queueMicrotask(update))
  update()
}

/** Fields that are empty are not known. */
function readOptions() {
  /** @param {string} id */
  const value = (id) => find(id, HTMLInputElement).value.trim() || undefined
  const token = find('access-token', HTMLTextAreaElement)
    .value.trim()
    .replace(/^(?:DPoP|Bearer) +/i, '')
  const audience = value('audience')
  return {
    accessToken: token || undefined,
    method: value('method'),
    url: value('url'),
    nonce: value('nonce'),
    now: readTime(value('sent-at')),
    issuer: value('issuer'),
    audience: audience && [audience],
  }
}

/** Seconds since 1970, or ISO 8601. @param {string | undefined} text */
function readTime(text) {
  if (text === undefined) return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000
  if (Number.isNaN(seconds)) throw new Error('The time must be seconds since 1970, or like 2026-01-31T12:00:00Z.')
  return seconds
}

/** @param {string} summary @param {readonly Check[]} checks @param {Explanation['decoded']} [decoded] */
function show(summary, checks, decoded) {
  const status = find('summary')
  status.textContent = summary
  status.className = checks.length === 0 ? '' : checks.some(({ outcome }) => outcome === 'fail') ? 'bad' : 'good'
  find('checks').replaceChildren(...checks.map(checkView))
  find('decoded').replaceChildren(...(decoded === undefined ? [] : [decodedView(decoded)]))
}

/** @param {Check} check */
function checkView({ step, title, outcome, why, expected, received, hint }) {
  const details = Object.entries({ expected, received, hint }).flatMap(([name, text]) =>
    text === undefined
      ? []
      : [element('dt', {}, name), element('dd', {}, name === 'hint' ? text : element('code', {}, text))],
  )
  return element(
    'li',
    { class: `check-result ${outcome.replace(' ', '-')}` },
    element('span', { class: 'step' }, step === 'token' ? 'token' : `check ${step}`),
    element(
      'div',
      {},
      element(
        'p',
        {},
        element('strong', {}, title),
        ` ${marks[outcome]}`,
        why === undefined ? undefined : `: ${withoutOptions(why)}`,
      ),
      details.length === 0 ? undefined : element('dl', {}, ...details),
    ),
  )
}

/** The page has fields where the command has options. @param {string} text */
const withoutOptions = (text) => text.replaceAll(/ \(--[^)]*\)/g, '')

/** @param {{ header: object, payload: object }} decoded */
function decodedView({ header, payload }) {
  const text = [header, payload].map((part) => JSON.stringify(part, undefined, 1)).join('\n')
  return element('details', {}, element('summary', {}, 'The proof, decoded'), element('pre', {}, text))
}
