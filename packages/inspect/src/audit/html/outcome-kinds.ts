import type { AuditResult, Outcome } from '../finding.js'
import { html } from './html.js'

/** The class of each outcome, and its word. */
export const kinds = {
  'must reject': ['hole', 'hole', 'Holes'],
  'should answer so': ['should', 'should', 'Should answer otherwise'],
  information: ['info', 'info', 'Information'],
  passed: ['passed', 'passed', 'Passed'],
  'not run': ['idle', 'not run', 'Not run'],
} as const satisfies Record<Outcome, readonly [string, string, string]>

export const outcomes = Object.keys(kinds) as Outcome[]

export const anchorOf = (name: string) => `request-${name}`

export const linkTo = ({ name }: AuditResult) => html`<a href="#${anchorOf(name)}">${name}</a>`
