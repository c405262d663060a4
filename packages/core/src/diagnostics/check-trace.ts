import { tracingChannel } from 'node:diagnostics_channel'
import type { Reason, Scheme } from '../failures.js'
import type { CheckEvent } from './check-record.js'
import { printable, printableTarget } from './redaction.js'

/** Names for `tracingChannel` of `node:diagnostics_channel`. Each is a span: every guard publishes its start and its end. */
export const tracingChannels = { check: 'dpop-guard:check' } as const

/**
 * What subscribers of a tracing channel see of one check, for operators only. All messages of one check are the same object. At
 * the start, it has only what the request says. Never holds a token, a proof or a secret. Its values other than `path` and
 * `method` have few values.
 */
export interface CheckTrace extends Pick<CheckEvent, 'enforced' | 'method' | 'path'> {
  /** Undefined before the end, and if the check threw an error. */
  readonly outcome: 'accepted' | 'rejected' | 'unavailable' | undefined
  /** The scheme of an accepted request. Undefined if it has no caller, and for other outcomes. */
  readonly scheme: Scheme | undefined
  /** Undefined for an accepted request. */
  readonly reason: Reason | undefined
  readonly status: number | undefined
}

/** The parts of a verdict that a trace shows. */
type TracedVerdict =
  | { readonly accepted: true; readonly auth: { readonly scheme: Scheme } | undefined }
  | { readonly accepted: false; readonly reason: Reason; readonly status: number }

const checks = tracingChannel<unknown, object>(tracingChannels.check)

/** Whether anybody listens to traces. Bun's tracing channels have no `hasSubscribers`. */
export function isTraced(): boolean {
  return checks.hasSubscribers ?? checks.start.hasSubscribers
}

/**
 * Runs a check, and publishes its start and its end as `tracePromise` does. That method also publishes the result, and a verdict
 * has the token and a nonce. `check` must not throw synchronously.
 */
export async function traceCheck<Verdict extends TracedVerdict>(
  { enforced }: Pick<CheckEvent, 'enforced'>,
  { method, target }: { readonly method?: unknown; readonly target?: unknown },
  check: () => Promise<Verdict>,
): Promise<Verdict> {
  const trace = {
    enforced,
    method: typeof method === 'string' ? printable(method) : undefined,
    path: typeof target === 'string' ? printableTarget(target) : undefined,
    outcome: undefined,
    scheme: undefined,
    reason: undefined,
    status: undefined,
  } satisfies CheckTrace
  const checking = checks.start.runStores(trace, check)
  checks.end.publish(trace)
  try {
    const verdict = await checking
    Object.assign(trace, describeVerdict(verdict))
    return verdict
  } catch (error) {
    Object.assign(trace, { error })
    checks.error.publish(trace)
    throw error
  } finally {
    checks.asyncStart.publish(trace)
    checks.asyncEnd.publish(trace)
  }
}

function describeVerdict(verdict: TracedVerdict): Pick<CheckTrace, 'outcome' | 'scheme' | 'reason' | 'status'> {
  if (verdict.accepted)
    return { outcome: 'accepted', scheme: verdict.auth?.scheme, reason: undefined, status: undefined }
  const { reason, status } = verdict
  return { outcome: status === 503 ? 'unavailable' : 'rejected', scheme: undefined, reason, status }
}
