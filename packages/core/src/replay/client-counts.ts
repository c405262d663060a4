import { randomFillSync } from 'node:crypto'

const rows = 2
const bucketsPerRow = 2048
const bucketBits = 11

/** A time window has at most this many slots, of one second or more. 16 KB for each: one megabyte in all. */
const maxSlots = 64

/** More than anyone can search for a key with the same beginning: 96 bits. */
const hashedCharacters = 16

/**
 * Estimates how many live entries each client has, in bounded memory for any number of clients. Never less than the true number
 * while the clock runs forward. It can be more: if a client shares both of its buckets with others, or for the length of one
 * slot after an entry has expired.
 *
 * A client is a string of ASCII. Its buckets depend on secret numbers (tabulation hashing), so nobody can choose a key that shares
 * the buckets of another client.
 */
export class ClientCounts {
  readonly #secrets = randomFillSync(new Uint32Array(hashedCharacters * 128))
  readonly #totals = new Uint32Array(rows * bucketsPerRow)
  /** The counts by the time at which entries expire, in units of `#slotSeconds`. */
  readonly #slots = new Map<number, Uint32Array>()
  #slotSeconds = 1
  #expiredAt = Number.NEGATIVE_INFINITY

  /** The number of live entries of this client, or more. */
  count(client: string, now: number): number {
    this.#expire(now)
    const [first, second] = this.#bucketsOf(client)
    return Math.min(this.#totals[first] ?? 0, this.#totals[second] ?? 0)
  }

  add(client: string, expiresAt: number): void {
    const slot = this.#slotAt(expiresAt)
    for (const bucket of this.#bucketsOf(client)) {
      this.#totals[bucket] = (this.#totals[bucket] ?? 0) + 1
      slot[bucket] = (slot[bucket] ?? 0) + 1
    }
  }

  #bucketsOf(client: string): readonly [first: number, second: number] {
    let hash = 0
    for (let index = 0; index < hashedCharacters; index++) {
      hash ^= this.#secrets[index * 128 + (client.charCodeAt(index) & 127)] ?? 0
    }
    return [hash & (bucketsPerRow - 1), bucketsPerRow + ((hash >>> bucketBits) & (bucketsPerRow - 1))]
  }

  #slotAt(expiresAt: number): Uint32Array {
    const key = Math.floor(expiresAt / this.#slotSeconds)
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    if (this.#slots.size === maxSlots) {
      this.#widen()
      return this.#slotAt(expiresAt)
    }
    const slot = new Uint32Array(rows * bucketsPerRow)
    this.#slots.set(key, slot)
    return slot
  }

  /** Doubles the length of a slot. */
  #widen(): void {
    this.#slotSeconds *= 2
    const narrow = [...this.#slots]
    this.#slots.clear()
    for (const [key, counts] of narrow) {
      const wide = Math.floor(key / 2)
      const known = this.#slots.get(wide)
      if (known === undefined) this.#slots.set(wide, counts)
      else
        for (let bucket = 0; bucket < known.length; bucket++)
          known[bucket] = (known[bucket] ?? 0) + (counts[bucket] ?? 0)
    }
  }

  /** Subtracts the slots in which every entry has expired. */
  #expire(now: number): void {
    if (Math.floor(now) === this.#expiredAt) return
    this.#expiredAt = Math.floor(now)
    for (const [key, counts] of this.#slots) {
      if ((key + 1) * this.#slotSeconds - 1 > now) continue
      this.#slots.delete(key)
      for (let bucket = 0; bucket < counts.length; bucket++) {
        this.#totals[bucket] = (this.#totals[bucket] ?? 0) - (counts[bucket] ?? 0)
      }
    }
  }
}
