// @ts-check
/** @typedef {import('./checks.js').GuardEvent & Record<string, unknown>} GuardEvent */
/** @typedef {{ id: string, api: string, freshness: 'iat' | 'nonce', events: GuardEvent[] }} Answered */
/** @typedef {{ mode: string, freshness: string }} Settings */

const patienceMilliseconds = 5000

const maxKept = 50

/**
 * What the operator of the APIs sees: the guards' diagnostics events, and their settings. They come beside the answers, as
 * server-sent events, because a client is not told.
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
    // Those of other tabs are never asked for.
    for (const id of [...answered.keys()].slice(0, -maxKept)) answered.delete(id)
    arrivals.dispatchEvent(new Event(answer.id))
  })

  return {
    /** What was seen of one request; undefined if that does not come. @param {string} id @returns {Promise<Answered | undefined>} */
    async seen(id) {
      if (!answered.has(id)) await arrival(arrivals, id)
      const answer = answered.get(id)
      answered.delete(id)
      return answer
    },

    /** @param {Settings} settings */
    async change(settings) {
      const response = await fetch('settings', { method: 'PUT', body: JSON.stringify(settings) })
      if (!response.ok) throw new Error(`the settings were refused: ${response.status}`)
    },
  }
}

/** @param {EventTarget} arrivals @param {string} id @returns {Promise<void>} */
function arrival(arrivals, id) {
  return new Promise((resolve) => {
    arrivals.addEventListener(id, () => resolve(), { once: true })
    setTimeout(resolve, patienceMilliseconds)
  })
}
