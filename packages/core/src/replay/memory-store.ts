import { hash, randomBytes } from 'node:crypto'
import { readClockOption } from '../clock.js'
import { loggable } from '../loggable-error.js'
import { readObjectOption, readWholeNumberOption } from '../option-readers.js'
import { type ReplayStore, replayStoreFullCode } from './store.js'
import { warnOfUnsharedMemory } from './unshared-memory-warning.js'

/** Options of the in-process replay store. */
export interface MemoryReplayStoreOptions {
  /** Live entries at most; a claim beyond it rejects, and the guard answers 503. 1 to 16 777 216, default 1 000 000. */
  maxEntries?: number | undefined
  /** Seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/**
 * A replay store in this process's memory: under 40 bytes an entry. It never forgets a live entry to make room. What it does
 * not do: outlive the process, or know what other processes and threads accepted; a worker of `node:cluster` and a worker
 * thread warn of that, once. Nor does it know that its clock was set back: the guard sees to that for every store.
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEntries, clock } = readObjectOption('', options, ['maxEntries', 'clock'])
  warnOfUnsharedMemory()
  return new MemoryReplayStore(
    readWholeNumberOption('maxEntries', maxEntries, 1_000_000, { min: 1, max: 2 ** 24 }),
    readClockOption('clock', clock),
  )
}

/** Many small tables instead of a large one, so that growing never stops the event loop for long. */
const shardCount = 256

class MemoryReplayStore implements ReplayStore {
  readonly #maxEntries: number
  readonly #clock: () => number
  /** Makes slots unpredictable, so that nobody can choose keys that collide. */
  readonly #salt = randomBytes(16).toString('base64url')
  /** The same for every claim: to make a buffer takes longer than to hash. */
  readonly #digest = Buffer.alloc(32)
  readonly #shards = Array.from({ length: shardCount }, () => new Shard())
  readonly #census = new Census()
  /** The latest expiry of an entry that is gone. */
  #forgottenUntil = 0

  constructor(maxEntries: number, clock: () => number) {
    this.#maxEntries = maxEntries
    this.#clock = clock
  }

  get forgottenUntil(): number {
    return this.#forgottenUntil
  }

  addIfAbsent(key: string, ttlSeconds: number): boolean {
    const now = this.#clock()
    const expiresAt = Math.ceil(now + ttlSeconds)
    if (!(expiresAt > now && expiresAt <= maxExpiry)) {
      throw loggable(new RangeError('a claim needs a clock of seconds, and a ttlSeconds above zero'))
    }
    const digest = this.#digest
    digest.write(hash('sha256', this.#salt + key, 'binary'), 'latin1')
    const shard = this.#shards[digest.readUInt8(16)]
    if (shard === undefined) throw new RangeError('no such shard')
    if (shard.has(digest, now)) return false
    if (this.#census.live(now) >= this.#maxEntries) throw fullError(this.#maxEntries)
    this.#forgottenUntil = Math.max(this.#forgottenUntil, shard.add(digest, expiresAt, now))
    this.#census.add(expiresAt)
    return true
  }
}

/**
 * The latest end of an entry that a store has forgotten. Only a memory store knows: it keeps what has expired until it needs
 * the room, so a clock that is set back in a test costs nothing. Infinity for any other store.
 */
export function forgottenUntil(store: ReplayStore): number {
  return store instanceof MemoryReplayStore ? store.forgottenUntil : Number.POSITIVE_INFINITY
}

function fullError(maxEntries: number): Error {
  const message = `the replay store holds ${maxEntries} live entries and takes no more`
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

/** Expiry is kept in 32 bits, which last until 2106. */
const maxExpiry = 0xffffffff

const wordsPerKey = 4
const minCapacity = 16
/** A table is made anew when so much of it is taken, with so many slots for each live entry: 27 to 36 bytes an entry. */
const maxLoad = 0.75
const slotsPerEntry = 1.8

/**
 * An open-addressing hash table of 128-bit keys and the second at which each expires. Nothing is deleted by itself: what has
 * expired goes when the table is full and made anew.
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

  /** Returns the latest expiry of the entries that had to go; zero where none had. */
  add(digest: Buffer, expiresAt: number, now: number): number {
    const forgottenUntil = this.#occupied + 1 > this.#capacity * maxLoad ? this.#rebuild(now) : 0
    const slot = this.#find(digest)
    if (this.#expiry[slot] === 0) this.#occupied++
    for (let word = 0; word < wordsPerKey; word++) {
      this.#keys[slot * wordsPerKey + word] = digest.readUInt32LE(word * 4)
    }
    // A key that expired gives way to its own next use.
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

  /** Where the search for a key begins. By multiplication, so that the capacity need not be a power of two. */
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

  /** Drops what has expired, and leaves room for as much to come as the load allows. */
  #rebuild(now: number): number {
    let forgottenUntil = 0
    const keys = this.#keys
    const expiry = this.#expiry
    const live = expiry.reduce((count, second) => (second > now ? count + 1 : count), 0)
    this.#capacity = Math.max(minCapacity, Math.ceil(live * slotsPerEntry))
    this.#keys = new Uint32Array(this.#capacity * wordsPerKey)
    this.#expiry = new Uint32Array(this.#capacity)
    this.#occupied = live
    // Plain loops: an iterator and a view for each entry would take ten times as long, and the event loop waits.
    for (let slot = 0; slot < expiry.length; slot++) {
      const second = expiry[slot] ?? 0
      if (second > now) this.#move(keys, slot, second)
      else if (second > forgottenUntil) forgottenUntil = second
    }
    return forgottenUntil
  }

  /** Takes over an entry of the old table. No two have one key, so any free slot on its way will do. */
  #move(keys: Uint32Array, from: number, second: number): void {
    let slot = this.#firstSlot(keys[from * wordsPerKey] ?? 0)
    while (this.#expiry[slot] !== 0) slot = this.#nextSlot(slot)
    for (let word = 0; word < wordsPerKey; word++) {
      this.#keys[slot * wordsPerKey + word] = keys[from * wordsPerKey + word] ?? 0
    }
    this.#expiry[slot] = second
  }
}
