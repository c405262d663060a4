import type { Display } from '../display.js'
import type { Paint } from '../terminal.js'
import type { AuditReport } from './audit.js'
import type { RecordedExchange } from './exchange.js'
import { type AuditResult, describeStep, type Finding, groupNeeds, groupUndecided, wasRun } from './finding.js'
import type { AuditPlan } from './plan.js'
import type { Severity } from './severity.js'

interface Style {
  readonly paint: Paint
  readonly display: Display
  readonly verbose: boolean
}

const tokenWords = {
  given: 'one token, so requests with other tokens are not run (--signing-key)',
  endpoint: 'from the token endpoint, so requests with changed tokens are not run (--signing-key)',
  signed: 'signed here',
}

/** The report for a person at a terminal: holes first. */
export function writeTerminalReport(report: AuditReport, style: Style): string {
  const parts = [
    writeHead(report, style),
    writeStop(report, style),
    writeHoles(report, style),
    writeMissed(report, style),
    writeInformation(report, style),
    writeUndecided(report, style),
    writeNotRun(report, style),
    writeSummary(report, style),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

const registered: Readonly<Record<string, string>> = { dpop: 'DPoP', bearer: 'Bearer' }

/** As the RFCs write them. */
export const schemeNames = (schemes: readonly string[]) =>
  schemes.map((scheme) => (Object.hasOwn(registered, scheme) ? registered[scheme] : scheme)).join(', ')

function writeHead(report: AuditReport, { paint, display }: Style): string {
  const { method, url, htu, tokens, offered, usesNonces, seconds, results } = report
  const count = results.filter(wasRun).length
  const lines = [
    paint('bold', display.line(`Audit of ${method} ${url}`)),
    ...(htu === url.split(/[?#]/, 1)[0] ? [] : [`  public URL   ${display.line(htu)}`]),
    `  tokens       ${tokenWords[tokens]}`,
  ]
  if (count > 0) {
    lines.push(
      `  challenge    ${display.line(schemeNames(offered.schemes) || 'none that can be read')}`,
      `  algs         ${display.line(offered.algs.join(' ') || 'not said')}`,
      `  nonces       ${usesNonces ? 'yes' : 'no'}`,
      `  ${count} checks in ${seconds} s`,
    )
  }
  return `${lines.join('\n')}\n`
}

function writeStop(report: AuditReport, style: Style): string {
  const { stopped, results, failedControl } = report
  if (stopped === undefined) return ''
  const exchange = failedControl ?? results.flatMap(({ exchanges }) => exchanges).at(-1)
  const lines = [style.paint('red', `The audit stopped: it needs ${stopped}.`), ...writeCause(exchange, report, style)]
  return `${lines.join('\n')}\n`
}

function writeCause(
  exchange: RecordedExchange | undefined,
  { hint }: AuditReport,
  { paint, display }: Style,
): string[] {
  const answer = exchange?.answer
  return [
    ...(exchange !== undefined && answer === undefined ? [`  ${display.line(exchange.problem ?? 'no answer')}`] : []),
    ...(answer === undefined ? [] : [`  the answer is ${answer.status} ${display.line(answer.statusText)}`]),
    ...(answer?.fields ?? [])
      .filter(([name]) => /^(?:www-authenticate|location)$/i.test(name))
      .map(([name, value]) => `  ${display.line(`${name}: ${value}`)}`),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ...(exchange === undefined ? [] : [`  ${paint('dim', display.text(exchange.curl))}`]),
  ]
}

/** Results by the step of the RFC, in the order of the audit. */
export function byStep(results: readonly AuditResult[]): Map<string, AuditResult[]> {
  const steps = new Map<string, AuditResult[]>()
  for (const result of results) {
    const step = describeStep(result.step)
    steps.set(step, [...(steps.get(step) ?? []), result])
  }
  return steps
}

const having = ({ results }: AuditReport, severity: Severity) =>
  results.filter(({ findings }) => findings.some((finding) => finding.severity === severity))

function writeHoles(report: AuditReport, { paint, display }: Style): string {
  const holes = having(report, 'must reject')
  if (holes.length === 0) return ''
  const lines = [paint('red', `HOLES (${holes.length}): an RFC says MUST reject, and the server accepts`)]
  for (const [step, results] of byStep(holes)) {
    lines.push(`  ${paint('bold', step)}`)
    for (const { name, description, exchanges } of results) {
      lines.push(`    ${paint('red', name)}: ${description}`)
      lines.push(`      ${paint('dim', display.text(exchanges.at(-1)?.curl ?? ''))}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Findings of the same kind, with the requests that have them. */
export function groupFindings(report: AuditReport, severity: Severity) {
  const groups = new Map<string, { finding: Finding; results: AuditResult[] }>()
  for (const result of report.results) {
    for (const finding of result.findings) {
      if (finding.severity !== severity) continue
      const key = `${finding.code} ${finding.text} ${describeStep(finding.step)}`
      const group = groups.get(key) ?? { finding, results: [] }
      if (!group.results.includes(result)) group.results.push(result)
      groups.set(key, group)
    }
  }
  return [...groups.values()].sort((one, other) => other.results.length - one.results.length)
}

const namesShown = 6

function writeNames(results: readonly AuditResult[], verbose: boolean): string {
  const names = results.map(({ name }) => name)
  if (verbose || names.length <= namesShown) return names.join(', ')
  return `${names.slice(0, namesShown).join(', ')} and ${names.length - namesShown} more`
}

function writeMissed(report: AuditReport, { paint, display, verbose }: Style): string {
  const groups = groupFindings(report, 'should answer so')
  if (groups.length === 0) return ''
  const count = having(report, 'should answer so').length
  const lines = [paint('yellow', `SHOULD ANSWER OTHERWISE (${count})`)]
  for (const { finding, results } of groups) {
    const step = describeStep(finding.step)
    lines.push(
      `  ${paint('yellow', display.line(finding.text))}${paint('dim', step === '' ? '' : ` (${step})`)}, ${results.length === 1 ? 'once' : `${results.length} times`}`,
    )
    lines.push(`    ${writeNames(results, verbose)}`)
    lines.push(`      ${paint('dim', display.text(results[0]?.exchanges.at(-1)?.curl ?? ''))}`)
  }
  return `${lines.join('\n')}\n`
}

function writeInformation(report: AuditReport, { paint, display, verbose }: Style): string {
  const groups = groupFindings(report, 'information')
  if (groups.length === 0) return ''
  const lines = [
    paint('bold', `INFORMATION (${having(report, 'information').length}): the RFCs leave these to the server`),
  ]
  for (const { finding, results } of groups) {
    const step = describeStep(finding.step)
    lines.push(`  ${display.line(finding.text)}${step === '' ? '' : ` (${step})`}: ${writeNames(results, verbose)}`)
  }
  return `${lines.join('\n')}\n`
}

function writeUndecided(report: AuditReport, style: Style): string {
  const { results, stopped, failedControl } = report
  const groups = groupUndecided(results)
  if (groups.size === 0) return ''
  const count = [...groups.values()].reduce((sum, { length }) => sum + length, 0)
  const lines = [style.paint('red', `NOT DECIDED (${count}): the server rejected these, and then a valid request too`)]
  for (const [why, undecided] of groups) lines.push(`  ${why}: ${writeNames(undecided, style.verbose)}`)
  if (stopped === undefined) lines.push(...writeCause(failedControl, report, style))
  return `${lines.join('\n')}\n`
}

function writeNotRun({ results, stopped }: AuditReport, { paint, verbose }: Style): string {
  const needs = groupNeeds(results, stopped)
  if (needs.size === 0) return ''
  const count = [...needs.values()].reduce((sum, { length }) => sum + length, 0)
  const lines = [paint('bold', `NOT RUN (${count}), and what it would take`)]
  for (const [need, missing] of needs) {
    lines.push(`  ${need}: ${verbose ? writeNames(missing, true) : counted(missing.length)}`)
  }
  return `${lines.join('\n')}\n`
}

const counted = (count: number) => `${count} ${count === 1 ? 'request' : 'requests'}`

function writeSummary({ counts, results }: AuditReport, { paint }: Style): string {
  if (!results.some(wasRun)) return ''
  const holes = counts['must reject']
  const missed = counts['should answer so']
  return [
    paint(holes > 0 ? 'red' : 'green', `${holes} ${holes === 1 ? 'hole' : 'holes'}`),
    paint(missed > 0 ? 'yellow' : 'green', `${missed} should answer otherwise`),
    `${counts.information} information`,
    `${counts.passed} passed`,
    ...(counts['not decided'] > 0 ? [paint('red', `${counts['not decided']} not decided`)] : []),
    `${counts['not run']} not run\n`,
  ].join(', ')
}

/** What a dry run would send. */
export function writePlan(plans: readonly AuditPlan[], { paint, display, verbose }: Style): string {
  const sent = plans.filter(({ needs }) => needs === undefined)
  const lines = sent.flatMap(({ row, curls }) => [
    `${paint('bold', row.name)}: ${row.description}`,
    ...curls.map((curl) => `  ${paint('dim', display.text(curl))}`),
  ])
  const missing = plans.filter(({ needs }) => needs !== undefined)
  lines.push('', `${sent.length} checks would be sent, ${missing.length} not. Nothing was sent.`)
  if (verbose) lines.push(...missing.map(({ row, needs }) => `  ${row.name}: needs ${needs}`))
  lines.push('An audit leaves out more, if the challenge of the server shows that it does not apply.')
  return `${lines.join('\n')}\n`
}
