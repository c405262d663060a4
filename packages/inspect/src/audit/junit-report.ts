import type { AuditReport } from './audit.js'
import { type AuditResult, describeStep, wasRun } from './finding.js'
import { byStep } from './terminal-report.js'

/**
 * JUnit XML: a test suite for each step of an RFC, and a test case for each request. An audit that stopped has an error, and so has
 * each request that is not decided.
 */
export function writeJunitReport(report: AuditReport): string {
  const { results, url, method, seconds, startedAt, counts, stopped } = report
  // The first one that was not sent, or that was not accepted.
  const first = stopped === undefined ? undefined : results.find(({ needs }) => needs === stopped)
  const suites = [...byStep(results)].map(([step, cases]) => {
    const failures = cases.filter(isFailure).length
    const stops = cases.filter((one) => one === first).length
    const errors = stops + cases.filter(isUndecided).length
    const skipped = cases.filter((one) => !wasRun(one)).length - stops
    const attributes = { name: step, tests: cases.length, failures, errors, skipped, timestamp: startedAt }
    const written = cases.map((one) => (one === first ? writeStop(one, report) : writeCase(one)))
    return `  <testsuite${write(attributes)}>\n${written.join('')}  </testsuite>\n`
  })
  const failures = counts['must reject'] + counts['should answer so']
  const errors = (first === undefined ? 0 : 1) + counts['not decided']
  const attributes = {
    name: `dpop-inspect audit ${method} ${url}`,
    tests: results.length,
    failures,
    errors,
    time: seconds,
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${write(attributes)}>\n${suites.join('')}</testsuites>\n`
}

function writeStop({ name, step, exchanges }: AuditResult, { stopped, hint }: AuditReport): string {
  const message = [`the audit stopped: it needs ${stopped}`, ...(hint === undefined ? [] : [hint])].join('; ')
  const head = `    <testcase${write({ name, classname: describeStep(step) })}`
  return `${head}>\n      <error${write({ message })}>${escapeText(exchanges.at(-1)?.curl ?? '')}</error>\n    </testcase>\n`
}

const isFailure = ({ outcome }: AuditResult) => outcome === 'must reject' || outcome === 'should answer so'

const isUndecided = ({ outcome }: AuditResult) => outcome === 'not decided'

function writeCase(result: AuditResult): string {
  const { name, description, step, outcome, findings, needs, undecided, exchanges } = result
  const seconds = exchanges.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000
  const head = `    <testcase${write({ name, classname: describeStep(step), time: seconds })}`
  const last = exchanges.at(-1)
  const text = [description, ...findings.map(({ text }) => text), last?.curl ?? ''].join('\n')
  if (isUndecided(result)) {
    const message = `not decided: ${undecided}`
    return `${head}>\n      <error${write({ message })}>${escapeText(text)}</error>\n    </testcase>\n`
  }
  if (outcome === 'not run')
    return `${head}>\n      <skipped${write({ message: `needs ${needs}` })}/>\n    </testcase>\n`
  if (isFailure(result)) {
    const message = findings.map(({ text }) => text).join('; ')
    return `${head}>\n      <failure${write({ type: outcome, message })}>${escapeText(text)}</failure>\n    </testcase>\n`
  }
  if (findings.length === 0) return `${head}/>\n`
  return `${head}>\n      <system-out>${escapeText(text)}</system-out>\n    </testcase>\n`
}

function write(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeText(String(value))}"`)
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no control characters, not even escaped ones. */
function escapeText(text: string): string {
  return text.replace(/[^\P{C}\t\n]/gu, '?').replace(/[&<>"]/g, (character) => entities[character] ?? '')
}
