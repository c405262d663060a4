/** One page that holds everything and asks nobody for anything: no script, no link to another place, no request. */
import type { AuditReport } from '../audit.js'
import { type AuditResult, describeStep, groupNeeds, type Outcome } from '../finding.js'
import { byStep, groupFindings } from '../terminal-report.js'
import { exchangesView } from './exchange-view.js'
import { Html, html } from './html.js'
import { compareSteps, titleOf } from './step-titles.js'
import { style, styleHash } from './style.js'

/** The class of each outcome, and its word. */
const kinds = {
  'must reject': ['hole', 'hole', 'Holes'],
  'should answer so': ['should', 'should', 'Should answer otherwise'],
  information: ['info', 'info', 'Information'],
  passed: ['passed', 'passed', 'Passed'],
  'not run': ['idle', 'not run', 'Not run'],
} as const satisfies Record<Outcome, readonly [string, string, string]>

const outcomes = Object.keys(kinds) as Outcome[]

const policy = `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'`

/** Returns the whole page. Every string of the report is escaped. */
export function writeHtmlReport(report: AuditReport): string {
  const { method, url } = report
  const steps = [...byStep(report.results).values()].sort(([one], [other]) => compareSteps(one?.step, other?.step))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>DPoP audit of ${method} ${url}</title>
<style>${Html.trusted(style)}</style>
</head>
<body>
<header>
<h1><small>DPoP audit</small>${method} ${url}</h1>
${verdict(report)}
<ul class="cards">${outcomes.map((outcome) => card(report, outcome))}</ul>
${facts(report)}
</header>
<main>
${matrix(steps)}
${holes(steps)}
${missed(report)}
${everything(steps)}
${information(report)}
${notRun(report)}
</main>
<footer>
<p>Made by <code>dpop-inspect audit</code>. A hole is a request that an RFC says a server MUST reject, and that this server
accepted. Access tokens, what you added to each request (fields, query, body), and bodies of accepted requests are hidden, unless
the audit ran with <code>--show-secrets</code>. The marks <code>$TOKEN</code>, <code>$CHANGED_TOKEN</code>, <code>$QUERY</code>
and <code>$BODY</code> stand for them.</p>
<p>To send one request again: <code>dpop-inspect audit URL --only NAME</code>.</p>
</footer>
</body>
</html>
`
  return page.source
}

function verdict({ counts, stopped, hint }: AuditReport): Html {
  const holes = counts['must reject']
  const missed = counts['should answer so']
  const passed = `${counts.passed} checks passed.`
  if (stopped !== undefined) {
    return html`<p class="verdict should">The audit stopped early<small>It needs ${stopped}.${
      hint === undefined ? '' : ` Hint: ${hint}.`
    }</small></p>`
  }
  if (holes > 0) {
    return html`<p class="verdict hole">${holes} ${holes === 1 ? 'hole' : 'holes'}<small>The server accepts what an RFC says it
MUST reject. ${passed}</small></p>`
  }
  if (missed > 0) {
    return html`<p class="verdict should">No hole found<small>${missed} checks should be answered otherwise. ${passed}</small></p>`
  }
  return html`<p class="verdict passed">No hole found<small>Everything was answered as the RFCs want it. ${passed}</small></p>`
}

function card({ counts }: AuditReport, outcome: Outcome): Html {
  const [kind, , title] = kinds[outcome]
  return html`<li class="${counts[outcome] === 0 ? '' : kind}"><b>${counts[outcome]}</b>${title}</li>`
}

const tokenWords = {
  given: 'one token of the user',
  endpoint: 'from the token endpoint',
  signed: 'signed by the audit',
}

function facts({ startedAt, seconds, htu, tokens, offered, usesNonces }: AuditReport): Html {
  return html`<dl>
<dt>When</dt><dd>${startedAt.replace('T', ' ').replace(/\..*/, ' UTC')}, ${seconds} s</dd>
<dt>Public URL</dt><dd>${htu}</dd>
<dt>Access tokens</dt><dd>${tokenWords[tokens]}</dd>
<dt>Challenge</dt><dd>${offered.schemes.join(', ') || 'none that can be read'}</dd>
<dt>Algorithms</dt><dd>${offered.algs.join(', ') || 'not said'}</dd>
<dt>Nonces</dt><dd>${usesNonces ? 'yes' : 'no'}</dd>
</dl>`
}

const anchorOf = (name: string) => `request-${name}`

const linkTo = ({ name }: AuditResult) => html`<a href="#${anchorOf(name)}">${name}</a>`

function holes(steps: readonly AuditResult[][]): Html | undefined {
  const sections = steps.flatMap((results) => {
    const found = results.filter(({ outcome }) => outcome === 'must reject')
    if (found.length === 0) return []
    const boxes = found.map(
      (result) => html`<details><summary><b>${result.description}</b></summary>
<p>${linkTo(result)}</p><pre>${result.exchanges.at(-1)?.curl ?? ''}</pre></details>`,
    )
    const step = results[0]?.step
    return [
      html`<h3>${describeStep(step)} <span class="soft">${titleOf(step)}</span></h3><div class="box hole">${boxes}</div>`,
    ]
  })
  if (sections.length === 0) return undefined
  return html`<h2 id="holes">Holes</h2>
<p>The server accepted each of these requests. An attacker may use a stolen token or proof in this way. Open one for the exact
request.</p>
${sections}`
}

function missed(report: AuditReport): Html | undefined {
  const groups = groupFindings(report, 'should answer so')
  if (groups.length === 0) return undefined
  const boxes = groups.map(
    ({
      finding,
      results,
    }) => html`<div class="box should"><p><b>${finding.text}</b> <span class="soft">${describeStep(finding.step)},
${results.length} ${results.length === 1 ? 'time' : 'times'}</span></p>
<ul class="names">${results.slice(0, namesShown).map((result) => html`<li>${linkTo(result)}</li>`)}</ul>
${results.length > namesShown ? html`<p class="soft">and ${results.length - namesShown} more</p>` : undefined}</div>`,
  )
  return html`<h2>Should answer otherwise</h2>
<p>An RFC says SHOULD, or the answer does not help an honest client.</p>
${boxes}`
}

const namesShown = 12

function matrix(steps: readonly AuditResult[][]): Html {
  const rows = steps.map((results) => {
    const step = results[0]?.step
    const squares = results.map(
      ({ name, outcome }) =>
        html`<a class="${kinds[outcome][0]}" href="#${anchorOf(name)}" title="${name}: ${kinds[outcome][1]}"></a>`,
    )
    return html`<tr><th scope="row">${titleOf(step)}<span>${describeStep(step)}</span></th>
<td><div class="squares">${squares}</div></td><td class="count">${countsOf(results)}</td></tr>
`
  })
  return html`<h2>By the step of the RFC</h2>
<p class="soft">A square is a request. Follow it to see the exchange.</p>
<table class="matrix"><thead><tr><th>Check</th><th>Requests</th><th>Result</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

function countsOf(results: readonly AuditResult[]): Html {
  const parts = outcomes.flatMap((outcome) => {
    const count = results.filter((result) => result.outcome === outcome).length
    const word = outcome === 'must reject' && count > 1 ? 'holes' : kinds[outcome][1]
    return count === 0 ? [] : [html`<span><b class="${kinds[outcome][0]}">${count}</b> ${word}</span> `]
  })
  return html`${parts}`
}

function everything(steps: readonly AuditResult[][]): Html {
  const filters = outcomes.map(
    (outcome) =>
      html`<label><input type="radio" name="only" id="only-${kinds[outcome][0]}">${kinds[outcome][2]}</label>`,
  )
  const sections = steps.map((results) => {
    const step = results[0]?.step
    return html`<section class="step"><h3>${describeStep(step)} <span class="soft">${titleOf(step)}</span></h3>
${results.map(row)}</section>
`
  })
  return html`<h2>Every request</h2>
<fieldset class="filter"><legend>Show</legend><label><input type="radio" name="only" checked>All</label>${filters}</fieldset>
${sections}`
}

function row({ name, description, outcome, findings, needs, exchanges }: AuditResult): Html {
  const [kind, word] = kinds[outcome]
  const answer = exchanges.at(-1)?.answer
  const items = findings.map(({ text, step }) => html`<li>${text} <span class="soft">${describeStep(step)}</span></li>`)
  return html`<details class="row ${kind}" id="${anchorOf(name)}"><summary><span class="tag ${kind}">${word}</span>
<span class="name">${name}</span> <span class="soft">${description}</span><span class="status">${answer?.status}</span></summary>
<div>${items.length > 0 ? html`<ul>${items}</ul>` : undefined}${needs === undefined ? undefined : html`<p>Not run. It needs ${needs}.</p>`}
${exchangesView(exchanges)}</div></details>
`
}

function information(report: AuditReport): Html | undefined {
  const groups = groupFindings(report, 'information')
  if (groups.length === 0) return undefined
  const rows = groups.map(
    ({ finding, results }) =>
      html`<tr><td>${finding.text}</td><td><ul class="names">${results.map(
        (result) => html`<li>${linkTo(result)}</li>`,
      )}</ul></td></tr>`,
  )
  return html`<h2>Information</h2>
<p>The RFCs leave these to the server, or read them in several ways.</p>
<table><tbody>${rows}</tbody></table>`
}

function notRun({ results, stopped }: AuditReport): Html | undefined {
  const needs = groupNeeds(results, stopped)
  if (needs.size === 0) return undefined
  const rows = [...needs].map(
    ([need, missing]) => html`<tr><td>${need}</td><td class="count">${missing.length}</td></tr>`,
  )
  return html`<h2>Not run, and what it would take</h2>
<table><thead><tr><th>It needs</th><th>Requests</th></tr></thead><tbody>${rows}</tbody></table>`
}
