// @ts-check
import { quartiles } from '../support/numbers.js'

/** @typedef {import('./scene.js').Measurement} Measurement */

/**
 * Each round measures every server once, one after the other. Each round begins with another server.
 *
 * @param {ReadonlyMap<string, import('./scene.js').Server>} servers
 * @param {import('./scene.js').Offer} offer
 * @param {number} count
 */
export async function measureRounds(servers, offer, count) {
  /** @type {Map<string, Measurement>[]} */
  const measured = []
  const order = [...servers]
  for (let index = 0; index < count; index++) {
    const round = new Map()
    for (const [name, server] of order) round.set(name, await server.measure(offer))
    measured.push(round)
    order.push(...order.splice(0, 1))
  }
  return new Rounds(measured)
}

export class Rounds {
  #rounds

  /** @param {readonly ReadonlyMap<string, Measurement>[]} rounds */
  constructor(rounds) {
    this.#rounds = rounds
  }

  /** @param {string} name @param {(measurement: Measurement) => number} figure */
  over(name, figure) {
    return quartiles(this.#rounds.map((round) => figure(measurementOf(round, name))))
  }

  /**
   * Compares two servers within each round.
   *
   * @param {string} name
   * @param {string} base
   * @param {(measurement: Measurement, base: Measurement) => number} figure
   */
  between(name, base, figure) {
    return quartiles(this.#rounds.map((round) => figure(measurementOf(round, name), measurementOf(round, base))))
  }
}

/** @param {ReadonlyMap<string, Measurement>} round @param {string} name */
function measurementOf(round, name) {
  const measurement = round.get(name)
  if (measurement === undefined) throw new Error(`${name} was not measured`)
  return measurement
}
