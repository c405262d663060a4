import { breakages } from '@dpop-guard/testing'
import type { Row } from '../row.js'

/** What users can send to their own servers too, each by its name. */
export const namedBreakages: readonly Row[] = Object.entries(breakages).map(([name, breakage]) => ({
  name: `${breakage.description} is refused (${name})`,
  request: (make) => make.broken(breakage),
  expect: { refused: breakage.expected.reason },
}))
