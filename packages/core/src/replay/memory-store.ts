import { hash, randomBytes } from 'node:crypto'
import { readClockOption } from '../clock.js'
import { loggable } from '../loggable-error.js'
import { readObjectOption, readWholeNumberOption } from '../option-readers.js'
import { ClientCounts } from './client-counts.js'
import { type ReplayStore, replayStoreFullCode } from './store.js'
import { warnOfUnsharedMemory } from './unshared-memory-warning.js'

/** Options of `memoryReplayStore`. */
export interface MemoryReplayStoreOptions {
  /**
   * The largest number of proofs that are remembered at one time. If the store is full, the guard answers 503. 1 to 16 777 216,
   * default 1 000 000.
   */
  maxEntries?: number | undefined
  /** Returns the time in seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/**
 * A replay store in the memory of this process, with less than 40 bytes for each proof. It never removes an entry early to make
 * room. No client key can fill the last 17th part of it, as long as a guard uses the store directly.
 *
 * It does NOT survive a restart. It does NOT know the proofs that other processes and threads accepted: in a worker of
 * `node:cluster` and in a worker thread, it emits a warning once. It does NOT notice that its clock was set back: the guard
 * handles that for every store.
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEntries, clock } = readObjectOption('', options, ['maxEntries', 'clock'])
  warnOfUnsharedMemory()
  return new MemoryReplayStore(
    readWholeNumberOption('maxEntries', maxEntries, 1_000_000, { min: 1, max: 2 ** 24 }),
    readClockOption('clock', clock),
  )
}

/** One of so many parts of the store is a reserve, which no client can fill. */
const partsWithReserve = 17

/**
 * The most entries that one client may hold while so much room is left. While there is more room than the reserve, no client can
 * hold more than this, so nobody is limited. Then the limit falls with the square of the room. So those who hold most are rejected
 * first, and others are accepted, until old entries expire and the store is shared evenly.
 */
function limitForClient(room: number, maxEntries: number): number {
  const reserve = maxEntries / partsWithReserve
  return (partsWithReserve - 1) * room * Math.min(1, room / reserve)
}

/** Many small tables instead of a large one, so that a table that grows never blocks the event loop for long. */
const shardCount = 256

/** A registered symbol, because two copies of this package share one store. */
const memoryStore = Symbol.for('@dpop-guard/core: memory replay store, version 1')

class MemoryReplayStore implements ReplayStore {
  readonly [memoryStore] = true
  readonly #maxEntries: number
  readonly #clock: () => number
  /** Makes slots unpredictable, so that an attacker cannot choose keys that collide. */
  readonly #salt = randomBytes(16).toString('base64url')
  /** One buffer for all calls, because a new buffer takes longer than the hash. */
  readonly #digest = Buffer.alloc(32)
  readonly #shards = Array.from({ length: shardCount }, () => new Shard())
  readonly #census = new Census()
  readonly #clients = new ClientCounts()
  /** The latest expiry of all removed entries. */
  #forgottenUntil = 0

  constructor(maxEntries: number, clock: () => number) {
    this.#maxEntries = maxEntries
    this.#clock = clock
  }

  get forgottenUntil(): number {
    return this.#forgottenUntil
  }

  /** `client` is the thumbprint of its key. Undefined if it is not known: such entries are limited by the room alone. */
  addIfAbsent(key: string, ttlSeconds: number, client?: string): boolean {
    const now = this.#clock()
    const expiresAt = Math.ceil(now + ttlSeconds)
    if (!(expiresAt > now && expiresAt <= maxExpiry)) {
      throw loggable(new RangeError('addIfAbsent() needs a clock of seconds, and a ttlSeconds above zero'))
    }
    const digest = this.#digest
    digest.write(hash('sha256', this.#salt + key, 'binary'), 'latin1')
    const shard = this.#shards[digest.readUInt8(16)]
    if (shard === undefined) throw new RangeError('no such shard')
    if (shard.has(digest, now)) return false
    const room = this.#maxEntries - this.#census.live(now)
    if (room <= 0) throw fullError(`the replay store holds ${this.#maxEntries} live entries and takes no more`)
    if (client !== undefined) {
      if (this.#clients.count(client, now) >= limitForClient(room, this.#maxEntries)) throw fullError(shareMessage)
      this.#clients.add(client, expiresAt)
    }
    this.#forgottenUntil = Math.max(this.#forgottenUntil, shard.add(digest, expiresAt, now))
    this.#census.add(expiresAt)
    return true
  }
}

/**
 * Asks a store. The memory store also learns whose entry it is, so that one client cannot fill it for all others. `client` is the
 * thumbprint of its key.
 */
export function addForClient(store: ReplayStore, key: string, ttlSeconds: number, client: string): unknown {
  return isMemoryStore(store) ? store.addIfAbsent(key, ttlSeconds, client) : store.addIfAbsent(key, ttlSeconds)
}

/**
 * The latest expiry of all entries that a store has forgotten. Only a memory store knows it, because it keeps expired entries
 * until it needs the room. So you can set back the clock in a test. Infinity for any other store.
 */
export function forgottenUntil(store: ReplayStore): number {
  return isMemoryStore(store) ? store.forgottenUntil : Number.POSITIVE_INFINITY
}

function isMemoryStore(store: ReplayStore): store is MemoryReplayStore {
  return memoryStore in store
}

const shareMessage = 'the replay store is nearly full, and takes no more from the clients that hold most of it'

function fullError(message: string): Error {
  return Object.assign(loggable(new Error(message)), { code: replayStoreFullCode })
}

/** Counts live entries by the second at which they expire. */
class Census {
  readonly #expiring = new Map<number, number>()
  #live = 0
  #countedAt = 0

  add(expiresAt: number): void {
    this.#expiring.set(expiresAt, (this.#expiring.get(expiresAt) ?? 0) + 1)
    this.#live++
  }

  live(now: number): number {
    if (Math.floor(now) !== this.#countedAt) {
      this.#countedAt = Math.floor(now)
      for (const [second, count] of this.#expiring) {
        if (second > now) continue
        this.#expiring.delete(second)
        this.#live -= count
      }
    }
    return this.#live
  }
}

/** The expiry has 32 bits, enough until 2106. */
const maxExpiry = 0xffffffff

const wordsPerKey = 4
const minCapacity = 16
/**
 * A table is rebuilt when this part of it is full. It then has `slotsPerEntry` slots for each live entry: 27 to 36 bytes an
 * entry.
 */
const maxLoad = 0.75
const slotsPerEntry = 1.8

/**
 * A hash table with open addressing. It has 128-bit keys, and the second at which each expires. Expired entries are removed only
 * when the table is full and is rebuilt.
 */
class Shard {
  #capacity = minCapacity
  #keys = new Uint32Array(minCapacity * wordsPerKey)
  /** Zero marks an empty slot. */
  #expiry = new Uint32Array(minCapacity)
  #occupied = 0

  has(digest: Buffer, now: number): boolean {
    const slot = this.#find(digest)
    return (this.#expiry[slot] ?? 0) > now
  }

  /** Returns the latest expiry of the removed entries. Zero if no entry was removed. */
  add(digest: Buffer, expiresAt: number, now: number): number {
    const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0
    const slot = this.#find(digest)
    if (this.#expiry[slot] === 0) this.#occupied++
    for (let word = 0; word < wordsPerKey; word++) {
      this.#keys[slot * wordsPerKey + word] = digest.readUInt32LE(word * 4)
    }
    // An expired entry of the same key is replaced.
    const replaced = this.#expiry[slot] ?? 0
    this.#expiry[slot] = expiresAt
    return Math.max(forgottenUntil, replaced)
  }

  /** The slot of this key or, if it has none, the empty slot where it belongs. */
  #find(digest: Buffer): number {
    let slot = this.#firstSlot(digest.readUInt32LE(0))
    while (this.#expiry[slot] !== 0 && !this.#holds(slot, digest)) slot = this.#nextSlot(slot)
    return slot
  }

  /** The slot at which the search for a key begins. It multiplies, so that the capacity need not be a power of two. */
  #firstSlot(firstWord: number): number {
    return Math.floor((firstWord / 2 ** 32) * this.#capacity)
  }

  #nextSlot(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1
  }

  #holds(slot: number, digest: Buffer): boolean {
    const start = slot * wordsPerKey
    return (
      this.#keys[start] === digest.readUInt32LE(0) &&
      this.#keys[start + 1] === digest.readUInt32LE(4) &&
      this.#keys[start + 2] === digest.readUInt32LE(8) &&
      this.#keys[start + 3] === digest.readUInt32LE(12)
    )
  }

  /** Removes the expired entries, and leaves room for new ones. */
  #rebuild(now: number): number {
    let forgottenUntil = 0
    const keys = this.#keys
    const expiry = this.#expiry
    const live = expiry.reduce((count, second) => (second > now ? count + 1 : count), 0)
    this.#capacity = Math.max(minCapacity, Math.ceil(live * slotsPerEntry))
    this.#keys = new Uint32Array(this.#capacity * wordsPerKey)
    this.#expiry = new Uint32Array(this.#capacity)
    this.#occupied = live
    // Plain loops, because an iterator and a view for each entry would block the event loop ten times as long.
    for (let slot = 0; slot < expiry.length; slot++) {
      const second = expiry[slot] ?? 0
      if (second > now) this.#move(keys, slot, second)
      else if (second > forgottenUntil) forgottenUntil = second
    }
    return forgottenUntil
  }

  /** Copies an entry from the old table. All keys differ, so the first free slot is right. */
  #move(keys: Uint32Array, from: number, second: number): void {
    let slot = this.#firstSlot(keys[from * wordsPerKey] ?? 0)
    while (this.#expiry[slot] !== 0) slot = this.#nextSlot(slot)
    for (let word = 0; word < wordsPerKey; word++) {
      this.#keys[slot * wordsPerKey + word] = keys[from * wordsPerKey + word] ?? 0
    }
    this.#expiry[slot] = second
  }
}
