import type { ErrorCode, Reason, RfcStep } from '@dpop-guard/core'
import { KeyKindMissing } from '@dpop-guard/testing/internal'
import type { Mutation, SettingName, ValidRequest } from '@dpop-guard/testing/invalid-requests'
import type { Severity } from './severity.js'

/** A request of the audit. */
export interface AuditRow {
  readonly name: string
  /** In words. */
  readonly description: string
  /** What kind of request it is. An `invalid` one has to be rejected; a `valid` one has to pass; `replays` are sent at once. */
  readonly kind: 'valid' | 'invalid' | 'replays'
  readonly step: RfcStep | undefined
  /** What it means if the server does not answer as it has to. */
  readonly severity: Severity
  /** Of an invalid request: how a guard answers. */
  readonly expected?: { readonly status: number; readonly error: ErrorCode | undefined; readonly reason: Reason }
  /** Only an API with this setting rejects it. */
  readonly setting?: SettingName | undefined
  /** A server, or its router, may answer before any code of the API. */
  readonly answeredEarly?: boolean | undefined
  readonly mutate: (valid: ValidRequest) => Mutation | readonly Mutation[]
}

/** Thrown while a request is made that this audit cannot make. `message` says what it would take. */
export class NotRun extends Error {}

/** Thrown if that is true of every later request too. */
export class NothingMoreRuns extends NotRun {}

/** What it would take to make a request, if the error says that it cannot be made. */
export function neededFor(error: unknown): string | undefined {
  if (error instanceof KeyKindMissing) return `a runtime whose cryptography has ${error.kind}`
  return error instanceof NotRun ? error.message : undefined
}
