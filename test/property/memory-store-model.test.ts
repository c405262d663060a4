import { memoryReplayStore, replayStoreFullCode } from '@dpop-guard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { now } from '../support/guard-scene.js'

const numRuns = 3000
const maxEntries = 40

interface Model {
  /** The time until which each key must be rejected, in seconds since the epoch. */
  readonly until: Map<string, number>
}

interface Real {
  readonly store: ReturnType<typeof memoryReplayStore>
  readonly clock: { now: number }
}

type Answer = boolean | 'full' | 'unknown'

function claim({ store }: Real, key: string, ttlSeconds: number): Answer {
  try {
    return store.addIfAbsent(key, ttlSeconds) as boolean
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === replayStoreFullCode ? 'full' : 'unknown'
  }
}

class Claim implements fc.Command<Model, Real> {
  readonly key: string
  readonly ttlSeconds: number

  constructor(key: string, ttlSeconds: number) {
    this.key = key
    this.ttlSeconds = ttlSeconds
  }

  check = () => true

  run(model: Model, real: Real): void {
    const time = real.clock.now
    const until = model.until.get(this.key) ?? Number.NEGATIVE_INFINITY
    const live = [...model.until.values()].filter((end) => Math.ceil(end) > time).length
    const answer = claim(real, this.key, this.ttlSeconds)

    if (time < until) expect(answer).not.toBe(true)
    if (answer === false) expect(time).toBeLessThan(Math.ceil(until))
    if (answer === 'full') expect(live).toBeGreaterThanOrEqual(maxEntries)
    expect(answer).not.toBe('unknown')
    if (answer === true) expect(live).toBeLessThan(maxEntries)
    if (answer === true) model.until.set(this.key, time + this.ttlSeconds)
  }

  toString = () => `claim ${this.key} for ${this.ttlSeconds} s`
}

class Move implements fc.Command<Model, Real> {
  readonly seconds: number

  constructor(seconds: number) {
    this.seconds = seconds
  }

  check = () => true

  run(_: Model, { clock }: Real): void {
    clock.now += this.seconds
  }

  toString = () => `${this.seconds} s`
}

const key = fc.nat({ max: 80 }).map((index) => `key-${index}`)
const commands = fc.commands(
  [
    fc.tuple(key, fc.integer({ min: 1, max: 120 })).map(([name, ttlSeconds]) => new Claim(name, ttlSeconds)),
    fc.tuple(key, fc.constant(3600)).map(([name, ttlSeconds]) => new Claim(name, ttlSeconds)),
    fc.double({ min: 0, max: 150, noNaN: true }).map((seconds) => new Move(seconds)),
    fc.constantFrom(0.5, 1, 59, 60, 119, 120, 121).map((seconds) => new Move(seconds)),
  ],
  { maxCommands: 300, size: 'max' },
)

test(`no key is accepted twice in its lifetime, in ${numRuns} histories of keys, times and full stores`, () => {
  fc.assert(
    fc.property(commands, (history) => {
      fc.modelRun(() => {
        const clock = { now }
        const store = memoryReplayStore({ maxEntries, clock: () => clock.now })
        return { model: { until: new Map() }, real: { store, clock } }
      }, history)
    }),
    { numRuns },
  )
})
