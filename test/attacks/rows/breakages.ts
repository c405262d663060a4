import { type Breakage, breakages, conditionalBreakages } from '@dpop-guard/testing'
import type { AnyBreakageName, Row } from '../row.js'

/** By name, all that users can send to their own servers too. */
export const named: Readonly<Record<AnyBreakageName, Breakage>> = { ...breakages, ...conditionalBreakages }

export const namedBreakages: readonly Row[] = Object.entries(named).map(([name, breakage]) => ({
  name: `${breakage.description} is refused (${name})`,
  request: name as AnyBreakageName,
  expect: { refused: breakage.expected.reason, ...(breakage.scheme && { in: breakage.scheme }) },
  ...(breakage.answeredBy === 'Node' && { nodeRefuses: true }),
  ...(breakage.answeredBy === 'Fastify' && { fastifyRefuses: true }),
}))
