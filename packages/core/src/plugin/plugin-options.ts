import type { Auth } from '../access-token/auth.js'
import { createGuard, type Guard } from '../guard.js'
import { invalidOption, readChoiceOption } from '../option-readers.js'
import type { GuardOptions } from '../options.js'

/** What to do with a rejected request. */
export interface RejectionOptions {
  /**
   * `respond` (default) answers it directly. `error` hands a {@link RejectionError} to the framework's own error path
   * instead; the challenge is on the response already, and on `error.headers`.
   */
  onRejected?: 'respond' | 'error' | undefined
}

/** Options of a framework plugin: the options of `createGuard`, or a guard that exists already. */
export type PluginOptions = (GuardOptions | { guard: Guard<Auth | undefined> }) & RejectionOptions

/** A plugin at work: its options, checked. */
export interface Plugin {
  readonly guard: Guard<Auth | undefined>
  readonly onRejected: 'respond' | 'error'
}

/** Throws a TypeError that names what is wrong with the options. */
export function readPluginOptions(options: PluginOptions): Plugin {
  if (typeof options !== 'object' || options === null) throw new TypeError('dpop-guard: options must be an object')
  if ('rawHeaders' in options) {
    throw new TypeError(
      'dpop-guard: this is a request; call dpopGuard with its options: dpopGuard({ issuer, resource })',
    )
  }
  const { onRejected, ...rest } = options
  if ('guard' in rest && Object.keys(rest).length > 1) {
    throw new TypeError('dpop-guard: give either "guard" or the options of a guard, not both')
  }
  return {
    guard: 'guard' in rest ? readGuard(rest) : createGuard(rest),
    onRejected: readChoiceOption('onRejected', onRejected, 'respond', ['respond', 'error']),
  }
}

function readGuard(options: { guard: Guard<Auth | undefined> }): Guard<Auth | undefined> {
  const { guard } = options
  if (typeof guard?.check !== 'function') throw invalidOption('guard', guard, 'what createGuard() gives')
  return guard
}
