import type { Auth } from '../access-token/auth.js'
import { createGuard, type Guard, reportingGuard } from '../guard.js'
import {
  conflictingOptions,
  hiddenOption,
  invalidOption,
  readChoiceOption,
  readFlagOption,
  readMemberOption,
} from '../option-readers.js'
import { type GuardOptions, knownOptions } from '../options.js'
import { ReportedChecks, warnOfReportOnly } from './report-only.js'

/** What to do with a rejected request. */
export interface RejectionOptions {
  /**
   * `respond` (default) sends the answer directly. `error` passes a {@link RejectionError} to the framework's error handling
   * instead. The response already has the challenge then, and `error.headers` has it too.
   */
  onRejected?: 'respond' | 'error' | undefined
  /**
   * `true` only reports, for a rollout beside other middleware: the guard checks each request, publishes events with
   * `enforced: false`, and lets every request pass. Nothing is protected. It sets no header and no property, serves no resource
   * metadata, waits one second at most, and remembers used proofs in a memory of its own. While 1000 checks have not ended, it
   * skips checks. `requireScopes` and the like behind it report and pass too. `getOptionalAuth` returns the caller if the check
   * passed. Not with `freshness` `nonce` or `both`. Default false.
   */
  reportOnly?: boolean | undefined
}

/** Options of a framework plugin: the options of `createGuard`, or `{ guard }` with a guard that you made before. */
export type PluginOptions = (GuardOptions | { guard: Guard<Auth | undefined> }) & RejectionOptions

/** The checked options of a plugin. */
export interface Plugin {
  /** Checks requests. With `reportOnly`, it only reports. */
  readonly guard: Guard<Auth | undefined>
  /** The guard as it was made or passed. */
  readonly enforcingGuard: Guard<Auth | undefined>
  readonly onRejected: 'respond' | 'error'
  /** False with `reportOnly`. */
  readonly enforced: boolean
  /** Present with `reportOnly`. */
  readonly reported: ReportedChecks | undefined
}

/**
 * Reads the options. An invalid option throws a TypeError that names it. `ownNames` are options that the adapter reads itself.
 */
export function readPluginOptions(options: PluginOptions, ownNames: readonly string[] = []): Plugin {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', options, 'an object')
  if ('rawHeaders' in options) {
    throw hiddenOption('options', 'an object, as in dpopGuard({ issuer, resource })', 'a request')
  }
  const rest = withoutNames(options, ['onRejected', 'reportOnly', ...ownNames])
  const besideGuard = 'guard' in rest && Object.keys(rest).find((name) => name !== 'guard')
  if (besideGuard) throw conflictingOptions('guard', `"${besideGuard}" to be left out: pass it to createGuard()`)
  const guard = 'guard' in rest ? readGuardOption(rest) : createGuard(rest)
  const onRejected = readChoiceOption('onRejected', options.onRejected, 'respond', ['respond', 'error'])
  if (!readFlagOption('reportOnly', options.reportOnly))
    return { guard, enforcingGuard: guard, onRejected, enforced: true, reported: undefined }
  const reporting = reportingGuard(guard)
  if (reporting === undefined) {
    throw conflictingOptions('reportOnly', '"guard" to be a guard that createGuard() of the same version returned')
  }
  warnOfReportOnly()
  return { guard: reporting, enforcingGuard: guard, onRejected, enforced: false, reported: new ReportedChecks() }
}

/** A copy. Has the members of a prototype too, because the options may be an object of a class, and each may matter. */
function withoutNames(options: PluginOptions, names: readonly string[]): PluginOptions {
  const present = ['guard', ...knownOptions].filter((name) => name in options)
  const kept = [...new Set([...Object.keys(options), ...present])].filter((name) => !names.includes(name))
  const copy: object = Object.fromEntries(kept.map((name) => [name, readMemberOption('', options, name)]))
  return copy as PluginOptions
}

function readGuardOption(options: { guard: Guard<Auth | undefined> }): Guard<Auth | undefined> {
  const { guard } = options
  if (typeof guard?.check !== 'function') throw invalidOption('guard', guard, 'a guard that createGuard() returned')
  return guard
}
