// @ts-check
/** @typedef {import('./checks.js').GuardEvent & Record<string, unknown>} GuardEvent */
/** @typedef {{ id: string, api: string, freshness: 'iat' | 'nonce', events: GuardEvent[] }} Answered */
/** @typedef {{ mode: string, freshness: string }} Settings */

const maxWaitMilliseconds = 5000

const maxKept = 50

/**
 * Receives what the operator of the APIs sees: the guards' events and settings. They come as server-sent events, because responses to
 * clients do not contain them.
 *
 * @param {(settings: Settings) => void} onSettings
 */
export function watchOperator(onSettings) {
  /** @type {Map<string, Answered>} */
  const answered = new Map()
  const arrivals = new EventTarget()
  const stream = new EventSource('events')
  stream.addEventListener('settings', ({ data }) => onSettings(JSON.parse(data)))
  stream.addEventListener('answered', ({ data }) => {
    /** @type {Answered} */
    const answer = JSON.parse(data)
    answered.set(answer.id, answer)
    // This tab never asks for the events of other tabs.
    for (const id of [...answered.keys()].slice(0, -maxKept)) answered.delete(id)
    arrivals.dispatchEvent(new Event(answer.id))
  })

  return {
    /** The events of one request, or undefined if they do not arrive in time. @param {string} id @returns {Promise<Answered | undefined>} */
    async seen(id) {
      if (!answered.has(id)) await arrival(arrivals, id)
      const answer = answered.get(id)
      answered.delete(id)
      return answer
    },

    /** @param {Settings} settings */
    async change(settings) {
      const response = await fetch('settings', { method: 'PUT', body: JSON.stringify(settings) })
      if (!response.ok) throw new Error(`the settings were rejected: ${response.status}`)
    },
  }
}

/** @param {EventTarget} arrivals @param {string} id @returns {Promise<void>} */
function arrival(arrivals, id) {
  return new Promise((resolve) => {
    arrivals.addEventListener(id, () => resolve(), { once: true })
    setTimeout(resolve, maxWaitMilliseconds)
  })
}
