import { LRUCache } from 'lru-cache'
import { isWithinSeconds } from '../clock.js'
import { loggable } from '../loggable-error.js'
import { callFetch, discard, type FetchFunction, readBytes, withinTime } from './fetch.js'
import { maxListBytes, type StatusList, statusAt, verifyStatusList } from './status-list.js'
import { TimeBudget } from './time-budget.js'
import type { JwtIssuer } from './unverified-token.js'

const maxTokenBytes = 2 * 1024 * 1024

/** Of all lists together. */
const maxTotalBytes = 8 * maxListBytes

const maxLists = 1000

/** At this part of its age, a list is fetched again in the background, so that no request has to wait. */
const refreshAhead = 0.8

/** The longest time between a failure and the next fetch. Seconds. */
const maxBackOff = 30

interface Entry {
  readonly list: StatusList
  readonly fetchedAt: number
  readonly usableSeconds: number
}

interface Failure {
  readonly error: unknown
  readonly at: number
  readonly count: number
}

export interface StatusListsPolicy {
  readonly issuer: JwtIssuer
  readonly cacheSeconds: number
  readonly timeoutSeconds: number
}

/**
 * Lists of an issuer, fetched. There is one fetch of each list at a time. After a failure, the next fetch comes after 1, 2, 4 ...
 * seconds, at most 30. A list that is too old is never used.
 */
export class StatusLists {
  readonly #policy: StatusListsPolicy
  readonly #lists = new LRUCache<string, Entry>({
    max: maxLists,
    maxSize: maxTotalBytes,
    sizeCalculation: ({ list }) => list.bytes.length + 1,
  })
  readonly #failures = new LRUCache<string, Failure>({ max: maxLists })
  readonly #pending = new Map<string, Promise<Entry>>()

  constructor(policy: StatusListsPolicy) {
    this.#policy = policy
  }

  /** Rejects if the list cannot be fetched or verified, or has no such index. */
  async status(uri: string, index: number, now: number, fetch: FetchFunction): Promise<number> {
    const { list } = await this.#current(uri, now, fetch)
    const status = statusAt(list, index)
    if (status === undefined)
      throw loggable(new Error(`the Status List of ${uri} is shorter than the index of a token`))
    return status
  }

  async #current(uri: string, now: number, fetch: FetchFunction): Promise<Entry> {
    const failure = this.#failures.get(uri)
    const backsOff =
      failure !== undefined && isWithinSeconds(now, failure.at, Math.min(2 ** (failure.count - 1), maxBackOff))
    const entry = this.#lists.get(uri)
    if (entry !== undefined && isWithinSeconds(now, entry.fetchedAt, entry.usableSeconds)) {
      if (!backsOff && !isWithinSeconds(now, entry.fetchedAt, entry.usableSeconds * refreshAhead)) {
        // A failure here is remembered. It counts when the list is too old.
        this.#load(uri, now, fetch).catch(() => {})
      }
      return entry
    }
    if (backsOff) throw failure.error
    return this.#load(uri, now, fetch)
  }

  #load(uri: string, now: number, fetch: FetchFunction): Promise<Entry> {
    const started = this.#pending.get(uri)
    if (started !== undefined) return started
    const loading = this.#fetch(uri, now, fetch).finally(() => this.#pending.delete(uri))
    this.#pending.set(uri, loading)
    return loading
  }

  async #fetch(uri: string, now: number, fetch: FetchFunction): Promise<Entry> {
    const { issuer, cacheSeconds, timeoutSeconds } = this.#policy
    try {
      const token = await fetchToken(uri, new TimeBudget(timeoutSeconds).share(1), fetch)
      const {
        list,
        expiresAt = Number.POSITIVE_INFINITY,
        ttl = cacheSeconds,
      } = await verifyStatusList(token, uri, issuer, now)
      const entry = { list, fetchedAt: now, usableSeconds: Math.min(cacheSeconds, ttl, Math.max(expiresAt - now, 1)) }
      this.#lists.set(uri, entry)
      this.#failures.delete(uri)
      return entry
    } catch (error) {
      this.#failures.set(uri, { error, at: now, count: (this.#failures.get(uri)?.count ?? 0) + 1 })
      throw error
    }
  }
}

const mediaType = 'application/statuslist+jwt'

/** Follows no redirect, and reads at most 2 MiB. */
function fetchToken(uri: string, signal: AbortSignal, fetch: FetchFunction): Promise<string> {
  return withinTime(uri, signal, async () => {
    const response = await callFetch(fetch, uri, {
      method: 'GET',
      headers: { accept: mediaType },
      redirect: 'manual',
      signal,
    })
    const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    if (response.status === 200 && type === mediaType) {
      return (await readBytes(response, uri, signal, maxTokenBytes)).toString('latin1')
    }
    discard(response)
    throw loggable(new Error(`${uri} did not answer 200 with ${mediaType}`))
  })
}
