// @ts-check
import { groupChecks, judge } from './checks.js'
import { element } from './element.js'
import { summarize } from './exchange.js'
import { encodedView, proofView } from './jwt-view.js'
import { describeStep } from './steps.js'

/** @typedef {import('./exchange.js').Exchange} Exchange */
/** @typedef {import('./operator.js').Answered} Answered */
/** @typedef {import('./steps.js').Steps} Steps */

/** One request and its response. For an API, the guard's verdict stands between them. @param {Exchange} exchange @param {Steps} steps @param {Answered} [seen] */
export function exchangeView({ request, response }, steps, seen) {
  const { method, url, headers, body } = request
  const { DPoP: proof } = headers
  return element(
    'article',
    { class: 'exchange' },
    element('h3', {}, 'Request'),
    element('p', { class: 'line' }, element('code', {}, `${method} ${url}`)),
    headersView(headers),
    body === undefined
      ? undefined
      : element('pre', {}, [...body].map(([name, value]) => `${name}=${value}`).join('\n')),
    proof === undefined ? undefined : folded('The proof, decoded', proofView(proof, steps)),
    seen === undefined ? undefined : verdictView(seen, steps),
    element('h3', {}, 'Response'),
    element('p', { class: 'line' }, element('code', {}, `${response.status}`)),
    headersView(response.headers),
    element('pre', {}, response.body === '' ? '(no body)' : response.body),
  )
}

/** Several exchanges. All are folded, except the last one. @param {{ exchange: Exchange, seen?: Answered | undefined }[]} exchanges @param {Steps} steps */
export function exchangesView(exchanges, steps) {
  return element(
    'div',
    {},
    ...exchanges.map(({ exchange, seen }, index) => {
      const { request, response } = exchange
      const title = `${request.method} ${new URL(request.url).pathname}: ${summarize(response)}`
      const view = folded(title, exchangeView(exchange, steps, seen))
      view.open = index === exchanges.length - 1
      return view
    }),
  )
}

/** @param {string} title @param {Node} content */
export function folded(title, content) {
  return element('details', {}, element('summary', {}, title), content)
}

/** @param {Record<string, string>} headers */
function headersView(headers) {
  return element(
    'dl',
    { class: 'headers' },
    ...Object.entries(headers).flatMap(([name, value]) => [
      element('dt', {}, element('code', {}, name)),
      element('dd', {}, headerValueView(name, value)),
    ]),
  )
}

/** @param {string} name @param {string} value */
function headerValueView(name, value) {
  const view = name === 'DPoP' ? encodedView(value) : element('code', {}, value)
  if (name === 'DPoP' || name === 'Authorization') view.classList.add('credentials')
  return view
}

const marks = {
  passed: '✓',
  failed: '✗',
  undecided: '?',
  'not used': '–',
  'not reached': '·',
  unknown: '?',
}

/** @param {Answered} seen @param {Steps} steps */
function verdictView({ api, freshness, events }, steps) {
  const last = /** @type {Answered['events'][number]} */ (events.at(-1))
  const { outcome, reason } = last
  return element(
    'div',
    { class: 'verdict' },
    element('h3', {}, `The guard on ${api}: `, element('code', { class: outcome }, reason ?? outcome)),
    ...groupChecks(judge(last, freshness)).map((group) => groupView(group, reason, steps)),
    folded(
      "The operator's events",
      element('pre', {}, events.map((event) => JSON.stringify(event, null, 1)).join('\n')),
    ),
  )
}

/** Folded, unless a check of the group failed. @param {ReturnType<typeof groupChecks>[number]} group @param {string | undefined} reason @param {Steps} steps */
function groupView({ name, judged }, reason, steps) {
  const decisive = judged.find(({ outcome }) => outcome !== 'passed' && outcome !== 'not used')?.outcome ?? 'passed'
  const summary = decisive === 'passed' ? `${judged.length} of ${judged.length} passed` : decisive
  const view = element(
    'details',
    { class: `group ${decisive.replace(' ', '-')}` },
    element(
      'summary',
      {},
      element('span', { class: 'mark', 'aria-hidden': 'true' }, marks[decisive]),
      ` ${name}: ${summary}`,
    ),
    element('ol', { class: 'checks' }, ...judged.map((entry) => checkView(entry, reason, steps))),
  )
  view.open = decisive === 'failed' || decisive === 'undecided'
  return view
}

/** @param {ReturnType<typeof judge>[number]} entry @param {string | undefined} reason @param {Steps} steps */
function checkView({ check, outcome }, reason, steps) {
  return element(
    'li',
    { class: outcome.replace(' ', '-') },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, marks[outcome]),
    element(
      'span',
      { class: 'title' },
      check.title,
      element('span', { class: 'outcome' }, outcome === 'failed' ? `: ${reason}` : ` (${outcome})`),
    ),
    element('span', { class: 'rfc' }, describeStep(steps[check.reasons[0] ?? ''])),
  )
}
