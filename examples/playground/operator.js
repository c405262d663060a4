// @ts-check
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { diagnosticsChannels } from '@dpop-guard/core'

/** @typedef {import('node:http').RequestListener} RequestListener */
/** @typedef {{ outcome: 'accepted' | 'rejected' | 'unavailable' } & Record<string, unknown>} GuardEvent */

/**
 * Collects the guards' events of each request, as an operator would. Emits `answered` after each request. Its ID is in the response,
 * as `Request-Id`.
 *
 * @param {ReturnType<typeof import('./settings.js').createSettings>} settings
 */
export function createOperator(settings) {
  /** @type {AsyncLocalStorage<GuardEvent[]>} */
  const current = new AsyncLocalStorage()
  const answers = new EventEmitter()

  // A guard publishes while it checks the request, so in the request's own asynchronous context.
  const subscriptions = /** @type {const} */ (['accepted', 'rejected', 'unavailable']).map((outcome) => {
    /** @param {unknown} event */
    const note = (event) => {
      current.getStore()?.push({ outcome, .../** @type {object} */ (event) })
    }
    const channel = diagnosticsChannels[outcome]
    subscribe(channel, note)
    return () => unsubscribe(channel, note)
  })

  return {
    answers,

    /** @param {string} api @param {RequestListener} listener @returns {RequestListener} */
    watch(api, listener) {
      return (request, response) => {
        const id = randomUUID()
        /** @type {GuardEvent[]} */
        const events = []
        const { freshness } = settings.values
        response.setHeader('Request-Id', id)
        response.on('close', () => {
          // A preflight never reaches the guard.
          if (events.length > 0) answers.emit('answered', { id, api, freshness, events })
        })
        current.run(events, () => listener(request, response))
      }
    },

    close() {
      for (const end of subscriptions) end()
    },
  }
}
