import type { AuditResult, Outcome } from '../finding.js'
import { html } from './html.js'

/** The class of each outcome, and its word. */
export const kinds = {
  'must reject': ['hole', 'hole', 'Holes'],
  'should answer so': ['should', 'should', 'Should answer otherwise'],
  information: ['info', 'info', 'Information'],
  passed: ['passed', 'passed', 'Passed'],
  'not decided': ['undecided', 'not decided', 'Not decided'],
  'not run': ['idle', 'not run', 'Not run'],
} as const satisfies Record<Outcome, readonly [string, string, string]>

/** In this order. `not decided` is shown if there is one. */
export const outcomesIn = (counts: Readonly<Record<Outcome, number>>) =>
  (Object.keys(kinds) as Outcome[]).filter((outcome) => outcome !== 'not decided' || counts[outcome] > 0)

export const anchorOf = (name: string) => `request-${name}`

export const linkTo = ({ name }: AuditResult) => html`<a href="#${anchorOf(name)}">${name}</a>`
