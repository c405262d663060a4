/** One page that holds everything and asks nobody for anything: no script, no link to another place, no request. */
import type { AuditReport } from '../audit.js'
import { type AuditResult, describeStep, groupNeeds, groupUndecided, type Outcome, wasRun } from '../finding.js'
import { byStep, schemeNames } from '../terminal-report.js'
import { exchangesView } from './exchange-view.js'
import { holes, information, missed } from './findings-view.js'
import { Html, html } from './html.js'
import { anchorOf, kinds, outcomesIn } from './outcome-kinds.js'
import { compareSteps, titleOf } from './step-titles.js'
import { style, styleHash } from './style.js'

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
<ul class="cards">${outcomesIn(report.counts).map((outcome) => card(report, outcome))}</ul>
${facts(report)}
</header>
<main>
${holes(steps)}
${matrix(report, steps)}
${missed(report)}
${information(report)}
${undecided(report)}
${notRun(report)}
${everything(report, steps)}
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
  const open = counts['not decided']
  if (holes > 0) {
    return html`<p class="verdict hole">${holes} ${holes === 1 ? 'hole' : 'holes'}<small>The server accepts what an RFC says it
MUST reject. ${passed}</small></p>`
  }
  if (open > 0) {
    return html`<p class="verdict should">No hole found, but ${open} checks are not decided<small>The server rejected a valid request
too.${hint === undefined ? '' : ` Hint: ${hint}.`} ${passed}</small></p>`
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

function facts(report: AuditReport): Html {
  const { url, startedAt, seconds, htu, tokens, offered, usesNonces } = report
  const fact = (name: string, value: string) => html`<dt>${name}</dt><dd>${value}</dd>\n`
  return html`<dl>
${fact('When', `${startedAt.replace('T', ' ').replace(/\..*/, ' UTC')}, ${seconds}\u00a0s`)}${
  htu === url.split('?', 1)[0] ? undefined : fact('Public URL', htu)
}${fact('Access tokens', tokenWords[tokens])}${
  report.results.some(wasRun)
    ? [
        fact('Challenge', schemeNames(offered.schemes) || 'none that can be read'),
        fact('Algorithms', offered.algs.join(', ') || 'not said'),
        fact('Nonces', usesNonces ? 'yes' : 'no'),
      ]
    : undefined
}</dl>`
}

function matrix({ counts }: AuditReport, steps: readonly AuditResult[][]): Html {
  const rows = steps.map((results) => {
    const step = results[0]?.step
    const squares = results.map(
      ({ name, outcome }) =>
        html`<a class="${kinds[outcome][0]}" href="#${anchorOf(name)}" title="${name}: ${kinds[outcome][1]}"></a>`,
    )
    return html`<tr><th scope="row">${titleOf(step)}<span>${describeStep(step)}</span></th>
<td><div class="squares">${squares}</div></td><td class="count">${countsOf(counts, results)}</td></tr>
`
  })
  const legend = outcomesIn(counts).map(
    (outcome) => html`<li><i class="${kinds[outcome][0]}"></i>${kinds[outcome][2].toLowerCase()}</li>`,
  )
  return html`<h2>By the step of the RFC</h2>
<p class="soft">A square is a request. Follow it to see the exchange.</p>
<ul class="squares legend">${legend}</ul>
<table class="matrix"><thead><tr><th>Check</th><th>Requests</th><th>Result</th></tr></thead>
<tbody>${rows}</tbody></table>`
}

function countsOf(counts: AuditReport['counts'], results: readonly AuditResult[]): Html {
  const parts = outcomesIn(counts).flatMap((outcome) => {
    const count = results.filter((result) => result.outcome === outcome).length
    const word = outcome === 'must reject' && count > 1 ? 'holes' : kinds[outcome][1]
    return count === 0 ? [] : [html`<span><b class="${kinds[outcome][0]}">${count}</b> ${word}</span> `]
  })
  return html`${parts}`
}

/** Short, so that they fit on a phone. */
const filterWords = {
  'must reject': 'Holes',
  'should answer so': 'Should',
  information: 'Info',
  passed: 'Passed',
  'not decided': 'Not decided',
  'not run': 'Not run',
} as const satisfies Record<Outcome, string>

function everything({ counts }: AuditReport, steps: readonly AuditResult[][]): Html {
  const filters = outcomesIn(counts).map(
    (outcome) =>
      html`<label><input type="radio" name="only" id="only-${kinds[outcome][0]}">${filterWords[outcome]}</label>`,
  )
  const sections = steps.map((results) => {
    const step = results[0]?.step
    return html`<section class="step"><h3>${describeStep(step)} <span class="soft">${titleOf(step)}</span></h3>
${results.map(row)}</section>
`
  })
  return html`<section class="every"><h2>Every request</h2>
<fieldset class="filter"><legend>Show</legend><label><input type="radio" name="only" checked>All</label>${filters}</fieldset>
${sections}</section>`
}

function row({ name, description, outcome, findings, needs, undecided, exchanges }: AuditResult): Html {
  const [kind, word] = kinds[outcome]
  const answer = exchanges.at(-1)?.answer
  const items = findings.map(({ text, step }) => html`<li>${text} <span class="soft">${describeStep(step)}</span></li>`)
  return html`<details class="row ${kind}" id="${anchorOf(name)}"><summary><span class="tag ${kind}">${word}</span>
<span class="name">${name}</span> <span class="soft">${description}</span><span class="status">${answer?.status}</span></summary>
<div>${items.length > 0 ? html`<ul>${items}</ul>` : undefined}${needs === undefined ? undefined : html`<p>Not run. It needs ${needs}.</p>`}${
    undecided === undefined ? undefined : html`<p>Not decided: ${undecided}.</p>`
  }
${exchangesView(exchanges)}</div></details>
`
}

function undecided({ results, failedControl }: AuditReport): Html | undefined {
  const groups = groupUndecided(results)
  if (groups.size === 0) return undefined
  const rows = [...groups].map(([why, found]) => html`<tr><td>${why}</td><td class="count">${found.length}</td></tr>`)
  return html`<h2>Not decided</h2>
<p>The server rejected these requests, and then a valid request too. So their answers tell nothing.</p>
<table><thead><tr><th>Why</th><th>Requests</th></tr></thead><tbody>${rows}</tbody></table>
${failedControl === undefined ? undefined : html`<details class="box"><summary>The valid request</summary>${exchangesView([failedControl])}</details>`}`
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
