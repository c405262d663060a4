/** Seconds with at most this distance belong to one range. */
const gapSeconds = 120

const maxRanges = 16

/** Both ends included. */
interface Range {
  from: number
  to: number
}

/** A set of any number of seconds in bounded memory. It may also contain seconds between two that were added. */
export class SecondRanges {
  #ranges: Range[] = []

  add(from: number, to: number): void {
    // A loop, because this runs for each proof, and a new closure costs more when it is called.
    for (const range of this.#ranges) {
      if (range.from - gapSeconds > to || from > range.to + gapSeconds) continue
      range.from = Math.min(range.from, from)
      range.to = Math.max(range.to, to)
      return
    }
    this.#ranges.push({ from, to })
    if (this.#ranges.length > maxRanges) this.#mergeNearest()
  }

  /** False if `from` is after `to`. */
  overlaps(from: number, to: number): boolean {
    return from <= to && this.#ranges.some((range) => range.from <= to && from <= range.to)
  }

  /** This set, with the seconds of another one added. */
  with(others: SecondRanges): this {
    for (const { from, to } of others.#ranges) this.add(from, to)
    return this
  }

  #mergeNearest(): void {
    this.#ranges.sort((a, b) => a.from - b.from)
    const gapBefore = (index: number) => (this.#ranges[index]?.from ?? 0) - (this.#ranges[index - 1]?.to ?? 0)
    let nearest = 1
    for (let index = 2; index < this.#ranges.length; index++) {
      if (gapBefore(index) < gapBefore(nearest)) nearest = index
    }
    const [merged] = this.#ranges.splice(nearest, 1)
    const into = this.#ranges[nearest - 1]
    if (into !== undefined && merged !== undefined) into.to = Math.max(into.to, merged.to)
  }
}
