export {
  type AccessTokens,
  endpointTokens,
  givenToken,
  signedTokens,
  type TokenSigner,
} from './audit/access-tokens.js'
export { type AuditReport, auditServer } from './audit/audit.js'
export type { AuditOptions } from './audit/audit-options.js'
export type { RecordedExchange } from './audit/exchange.js'
export type { AuditResult, Finding, FindingCode, Outcome } from './audit/finding.js'
export type { Severity } from './audit/severity.js'
export type { Check } from './check.js'
export { runCommand } from './command.js'
export { type ExplainOptions, type Explanation, explainRequest } from './explain-request.js'
export { type Inspection, inspectProof } from './inspect-proof.js'
export type { InspectedRequest } from './proof-probe.js'
export type { Terminal } from './terminal.js'
