import { expect, test } from 'vitest'
import { writeJunitReport } from '../../../../packages/inspect/src/audit/junit-report.js'
import { hostileReport, stoppedReport } from '../../../support/audit-report.js'

const xml = writeJunitReport(hostileReport)

test('every string is escaped, and the XML has no control character', () => {
  expect(xml).not.toMatch(/[^\P{C}\n]/u)
  expect(xml).not.toMatch(/<script|<img|&(?!amp;|lt;|gt;|quot;)/)
  const tags = [...xml.matchAll(/<(\/?)([a-z-]+)[^<>]*?(\/?)>/g)]
  const open: string[] = []
  for (const [, closing, name = '', empty] of tags) {
    if (closing) expect(open.pop()).toBe(name)
    else if (!empty) open.push(name)
  }
  expect(open).toEqual([])
})

test('a hole and a missed should are failures, and a request that was not run is skipped', () => {
  expect(xml.match(/<failure type="(?:must reject|should answer so)"/g)).toHaveLength(2)
  expect(xml).toContain('<skipped message="needs an API that asks for nonces"/>')
  expect(xml).toMatch(/<testsuites name="dpop-inspect audit GET [^"]*" tests="5" failures="2"/)
})

test('an audit that stopped has one error, so that no pipeline takes it for a success', () => {
  const stopped = writeJunitReport(stoppedReport)
  expect(stopped).toMatch(/<testsuites name="[^"]*" tests="2" failures="0" errors="1"/)
  expect(stopped.match(/<error /g)).toHaveLength(1)
  expect(stopped).toMatch(
    /<testcase name="valid-request" [^>]*>\n *<error message="the audit stopped: it needs a valid request that the server accepts; /,
  )
  expect(stopped.match(/<skipped/g)).toHaveLength(1)
})
