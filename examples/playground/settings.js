// @ts-check
import { EventEmitter } from 'node:events'

/** @typedef {{ mode: 'dpop-only' | 'bearer-and-dpop', freshness: 'iat' | 'nonce' }} Values */

const choices = { mode: ['dpop-only', 'bearer-and-dpop'], freshness: ['iat', 'nonce'] }

/** The current settings of the guards. Emits `change`. */
export function createSettings() {
  /** @type {Values} */
  let values = { mode: 'dpop-only', freshness: 'iat' }
  const changes = new EventEmitter()
  return {
    changes,
    get values() {
      return values
    },
    /** @param {unknown} wanted */
    change(wanted) {
      if (!isValid(wanted)) throw new TypeError('settings must be { mode, freshness }')
      values = { mode: wanted.mode, freshness: wanted.freshness }
      changes.emit('change', values)
    },
  }
}

/** @param {unknown} value @returns {value is Values} */
function isValid(value) {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(choices).every(([name, allowed]) => allowed.includes(Reflect.get(value, name)))
}
