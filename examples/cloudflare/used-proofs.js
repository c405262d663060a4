/**
 * @typedef {{
 *   get(key: string): Promise<number | undefined>, put(key: string, until: number): Promise<void>,
 *   list(): Promise<Map<string, number>>, delete(keys: string[]): Promise<number>,
 *   getAlarm(): Promise<number | null>, setAlarm(time: number): Promise<void>,
 * }} Storage
 * @typedef {{ idFromName(name: string): unknown, get(id: unknown): { fetch: typeof fetch } }} Namespace
 */

/** A Durable Object with the used proofs of some keys. Nothing else runs between its read and its write. */
export class UsedProofs {
  /** @param {{ storage: Storage }} state */
  constructor(state) {
    this.storage = state.storage
  }

  /** @param {Request} request */
  async fetch(request) {
    const { key, ttlSeconds } = /** @type {{ key: string, ttlSeconds: number }} */ (await request.json())
    const now = Date.now()
    const until = await this.storage.get(key)
    if (until !== undefined && until > now) return Response.json(false)
    await this.storage.put(key, now + ttlSeconds * 1000)
    if ((await this.storage.getAlarm()) === null) await this.storage.setAlarm(now + 60_000)
    return Response.json(true)
  }

  /** Once a minute, while there are entries: deletes those that have expired. */
  async alarm() {
    const now = Date.now()
    const entries = await this.storage.list()
    const expired = [...entries].filter(([, until]) => until <= now).map(([key]) => key)
    for (let start = 0; start < expired.length; start += 128)
      await this.storage.delete(expired.slice(start, start + 128))
    if (entries.size > expired.length) await this.storage.setAlarm(now + 60_000)
  }
}

/**
 * The replay store for the guard, over a binding of that class, such as env.USED_PROOFS. Keys are spread over 4096 objects.
 * @param {Namespace} namespace
 */
export function durableReplayStore(namespace) {
  return {
    /**
     * @param {string} key
     * @param {number} ttlSeconds
     */
    async addIfAbsent(key, ttlSeconds) {
      const object = namespace.get(namespace.idFromName(key.slice(0, 2)))
      const body = JSON.stringify({ key, ttlSeconds })
      const response = await object.fetch('https://used-proofs/', { method: 'POST', body })
      if (!response.ok) throw new Error(`the Durable Object answered ${response.status}`)
      return /** @type {boolean} */ (await response.json())
    },
  }
}
