import { expect, test } from 'vitest'
import { writeTerminalReport } from '../../../../packages/inspect/src/audit/terminal-report.js'
import { Display } from '../../../../packages/inspect/src/display.js'
import { hostileReport, stoppedReport } from '../../../support/audit-report.js'
import { controls } from '../../../support/inspect-scene.js'

const style = { paint: (_: unknown, text: string) => text, display: new Display(), verbose: false }
const text = writeTerminalReport(hostileReport, style)

test('nothing of an answer controls the terminal', () => {
  expect(text).not.toMatch(controls)
})

test('holes come first, each with its step and its request', () => {
  const parts = ['HOLES (1)', 'SHOULD ANSWER OTHERWISE (1)', 'INFORMATION (1)', 'NOT RUN (1)', '1 hole, 1 should']
  const positions = parts.map((part) => text.indexOf(part))
  expect(positions).toEqual([...positions].sort((one, other) => one - other))
  expect(positions).not.toContain(-1)
  expect(text).toMatch(/RFC 9449 section 4\.3 \(8\)\n {4}proof-htm-other-method: .*\n {6}curl /)
  expect(text).toContain('an API that asks for nonces: 1 request\n')
})

test('an audit that stopped at once says why and what to change, and counts nothing', () => {
  const stopped = writeTerminalReport(stoppedReport, style)
  expect(stopped).toContain('The audit stopped: it needs a valid request that the server accepts.\n  the answer is 401')
  expect(stopped).toContain('\n  hint: the path may be wrong\n')
  expect(stopped).not.toMatch(/\d+ holes|checks in|SHOULD|NOT RUN/)
  expect(stopped).not.toMatch(controls)
})
