import type { Auth } from '../access-token/auth.js'
import { createGuard, type Guard } from '../guard.js'
import { conflictingOptions, hiddenOption, invalidOption, readChoiceOption } from '../option-readers.js'
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
  if (typeof options !== 'object' || options === null) throw invalidOption('options', options, 'an object')
  if ('rawHeaders' in options) {
    throw hiddenOption('options', 'an object, as in dpopGuard({ issuer, resource })', 'a request')
  }
  const { onRejected, ...rest } = options
  if ('guard' in rest && Object.keys(rest).length > 1) {
    throw conflictingOptions('guard', 'the options of createGuard() to be left out')
  }
  return {
    guard: 'guard' in rest ? readGuard(rest) : createGuard(rest),
    onRejected: readChoiceOption('onRejected', onRejected, 'respond', ['respond', 'error']),
  }
}

function readGuard(options: { guard: Guard<Auth | undefined> }): Guard<Auth | undefined> {
  const { guard } = options
  if (typeof guard?.check !== 'function') throw invalidOption('guard', guard, 'a guard that createGuard() returned')
  return guard
}
