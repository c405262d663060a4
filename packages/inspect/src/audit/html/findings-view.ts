/** What the audit found, the worst first. */
import type { AuditReport } from '../audit.js'
import { type AuditResult, describeStep } from '../finding.js'
import type { Severity } from '../severity.js'
import { groupFindings } from '../terminal-report.js'
import { Html, html } from './html.js'
import { kinds, linkTo } from './outcome-kinds.js'
import { titleOf } from './step-titles.js'

const maxHolesOpen = 20

export function holes(steps: readonly AuditResult[][]): Html | undefined {
  const groups = steps
    .map((results) => results.filter(({ outcome }) => outcome === 'must reject'))
    .filter(({ length }) => length > 0)
  if (groups.length === 0) return undefined
  const open = groups.flat().length <= maxHolesOpen ? Html.trusted(' open') : undefined
  const boxes = groups.map((found) => {
    const step = found[0]?.step
    const requests = found.map(
      (result) => html`<details><summary>${result.description}</summary>
<p>${linkTo(result)}</p><pre>${result.exchanges.at(-1)?.curl ?? ''}</pre></details>`,
    )
    return html`<details class="box hole"${open}><summary><b>${titleOf(step)}</b> <span class="soft">${describeStep(step)}</span>
<span class="many">${found.length} ${found.length === 1 ? 'hole' : 'holes'}</span>
<span class="few">${few(found)}</span></summary>
${requests}</details>`
  })
  return html`<h2 id="holes">Holes</h2>
<p>The server accepted each of these requests. An attacker may use a stolen token or proof in this way. Open one for the exact
request.</p>
${boxes}`
}

/** For a box that is closed. */
function few(found: readonly AuditResult[]): string {
  const descriptions = found.slice(0, 3).map(({ description }) => description)
  return descriptions.join('; ') + (found.length > 3 ? '; ...' : '')
}

export function missed(report: AuditReport): Html | undefined {
  const boxes = groupsView(report, 'should answer so')
  if (boxes.length === 0) return undefined
  return html`<h2>Should answer otherwise</h2>
<p>An RFC says SHOULD, or the answer does not help an honest client.</p>
${boxes}`
}

/** A box for each finding, with links to the requests that have it. */
function groupsView(report: AuditReport, severity: Severity): Html[] {
  return groupFindings(report, severity).map(({ finding: { text, step }, results }) => {
    const about = [
      ...(step === undefined ? [] : [titleOf(step), describeStep(step)]),
      `${results.length} ${results.length === 1 ? 'time' : 'times'}`,
    ]
    const rest = results.slice(namesShown)
    return html`<div class="box ${kinds[severity][0]}"><p><b>${text}</b> <span class="soft">${about.join(', ')}</span></p>
${names(results.slice(0, namesShown))}${
  rest.length === 0 ? undefined : html`<details><summary>${rest.length} more</summary>${names(rest)}</details>`
}</div>`
  })
}

const names = (results: readonly AuditResult[]) =>
  html`<ul class="names">${results.map((result) => html`<li>${linkTo(result)}</li>`)}</ul>`

const namesShown = 12

export function information(report: AuditReport): Html | undefined {
  const boxes = groupsView(report, 'information')
  if (boxes.length === 0) return undefined
  return html`<h2>Information</h2>
<p>The RFCs leave these to the server, or read them in several ways.</p>
${boxes}`
}
