// @ts-check
// Compares contenders in one interleaved run. tinybench and mitata time one function after the other, by the clock. Here each
// figure is a ratio within a round, and CPU time includes all threads.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { watchOthers } from './machine.js'
import { median, quartiles } from './numbers.js'

setFlagsFromString('--expose-gc')
const collectGarbage = /** @type {(options: { type: 'minor' }) => void} */ (runInNewContext('gc'))

/**
 * @template Item
 * @typedef {object} Contender
 * @property {string} name
 * @property {'once' | 'again'} [use] Whether the items can be used again in the same turn. Default once.
 * @property {(items: readonly Item[]) => unknown} [prepare] Not measured.
 * @property {(items: readonly Item[]) => number | Promise<number>} run Returns how many had the expected verdict.
 */

/** @typedef {{ cpu: number, wall: number }} Cost Microseconds for one item. */
/** @typedef {{ others: number, costs: ReadonlyMap<string, Cost> }} Round `others`: the part of the machine that other programs used. */

/** A measurement had an unexpected verdict, so its figures mean nothing. */
export class UnexpectedVerdict extends Error {}

/** CPU time of one contender in a round, in milliseconds. It is short, so that other load on the machine affects all contenders equally. */
const turnLength = 50
const minItems = 16
const warmUpRounds = 3
const measuredRounds = 21
/** How many of these count: those in which other programs used the least of the machine. */
const countedRounds = 15
/** Milliseconds after which only the rounds that must count are run. */
const patience = 6000

/**
 * Each round makes its items once, for every contender. Each round begins with another contender.
 *
 * @template Item
 * @param {{ contenders: readonly Contender<Item>[], makeItems: () => readonly Item[] }} plan
 */
export async function measureRounds({ contenders, makeItems }) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  /** @type {Round[]} */
  const measured = []
  const begun = performance.now()
  for (let index = -warmUpRounds; index < measuredRounds; index++) {
    if (index >= countedRounds && performance.now() - begun > patience) break
    const items = makeItems()
    const first = (index + warmUpRounds) % contenders.length
    const round = await measureRound([...contenders.slice(first), ...contenders.slice(0, first)], items, counts)
    if (index >= 0) measured.push(round)
    else for (const [name, { cpu }] of round.costs) counts.set(name, Math.max(minItems, (turnLength * 1000) / cpu))
  }
  return new Rounds(measured.toSorted((a, b) => a.others - b.others).slice(0, countedRounds))
}

/**
 * @template Item
 * @param {readonly Contender<Item>[]} contenders
 * @param {readonly Item[]} items
 * @param {ReadonlyMap<string, number>} counts The number of items for a contender. Default: all.
 * @returns {Promise<Round>}
 */
async function measureRound(contenders, items, counts) {
  const costs = new Map()
  const endWatch = watchOthers()
  for (const contender of contenders) {
    const count = counts.get(contender.name) ?? items.length
    const share = items.slice(0, count)
    const laps = contender.use === 'again' ? Math.ceil(count / share.length) : 1
    await contender.prepare?.(share)
    costs.set(contender.name, await measureTurn(contender, share, laps))
  }
  return { others: endWatch(), costs }
}

/**
 * Garbage of a turn is collected within the turn. Garbage from before it is not.
 *
 * @template Item
 * @param {Contender<Item>} contender
 * @param {readonly Item[]} items
 * @param {number} laps
 * @returns {Promise<Cost>}
 */
async function measureTurn({ name, run }, items, laps) {
  // The first run moves live objects, so the second has none to move.
  collectGarbage({ type: 'minor' })
  collectGarbage({ type: 'minor' })
  const begun = performance.now()
  const cpu = process.cpuUsage()
  let expected = 0
  for (let lap = 0; lap < laps; lap++) expected += await run(items)
  const wall = performance.now() - begun
  collectGarbage({ type: 'minor' })
  const { user, system } = process.cpuUsage(cpu)
  const count = items.length * laps
  if (expected !== count) {
    throw new UnexpectedVerdict(`${name}: ${count - expected} of ${count} verdicts are not as expected`)
  }
  return { cpu: (user + system) / count, wall: (wall * 1000) / count }
}

class Rounds {
  #rounds

  /** @param {readonly Round[]} rounds */
  constructor(rounds) {
    this.#rounds = rounds
  }

  /** The part of the machine that other programs used in the middle round. */
  get others() {
    return median(this.#rounds.map(({ others }) => others))
  }

  /** CPU time for one item, as a multiple of another's. @param {string} name @param {string} base */
  cpu(name, base) {
    return this.#over((costOf) => costOf(name).cpu / costOf(base).cpu)
  }

  /** Items a second, as a multiple of another's. @param {string} name @param {string} base */
  throughput(name, base) {
    return this.#over((costOf) => costOf(base).wall / costOf(name).wall)
  }

  /** @param {(costOf: (name: string) => Cost) => number} figure */
  #over(figure) {
    const missing = { cpu: Number.NaN, wall: Number.NaN }
    return quartiles(this.#rounds.map(({ costs }) => figure((name) => costs.get(name) ?? missing)))
  }
}

/** A turn of the event loop. There is always one between requests that do not queue. */
export const turn = () => new Promise((/** @type {(value?: unknown) => void} */ resolve) => setImmediate(resolve))

/**
 * Runs checks one after the other, each in its own turn of the event loop.
 *
 * @template Item
 * @param {(item: Item) => boolean | Promise<boolean>} check Returns whether the verdict is as expected.
 */
export function inTurns(check) {
  return async (/** @type {readonly Item[]} */ items) => {
    let expected = 0
    for (const item of items) {
      await turn()
      if (await check(item)) expected++
    }
    return expected
  }
}

/**
 * Runs checks in lanes, as in a queue of requests. Each lane waits for its check before it takes the next.
 *
 * @template Item
 * @param {number} concurrency
 * @param {(item: Item) => Promise<boolean>} check Returns whether the verdict is as expected.
 */
export function inLanes(concurrency, check) {
  return async (/** @type {readonly Item[]} */ items) => {
    const rest = items.values()
    let expected = 0
    const lane = async () => {
      for (const item of rest) if (await check(item)) expected++
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    return expected
  }
}
