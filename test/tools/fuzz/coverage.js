// @ts-check
import { Session } from 'node:inspector'

/**
 * Makes V8 record which blocks run. V8 does this only for code that is compiled afterwards, so call this before you import the code
 * under test. It cannot be stopped.
 *
 * @param {string} folder A part of the URLs of the code under test.
 */
export function startCoverage(folder) {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return () => createCoverage(session, folder)
}

/** @typedef {ReturnType<typeof createCoverage>} Coverage */

/**
 * The code that has run and that has not, from the view of one target.
 *
 * @param {Session} session
 * @param {string} folder
 */
function createCoverage(session, folder) {
  /** For each called function, the characters that have not run. @type {Map<string, Uint8Array>} */
  const notRun = new Map()

  /** @param {string} url @param {import('node:inspector').Profiler.FunctionCoverage} called */
  function read(url, { ranges }) {
    const [whole] = ranges
    if (whole === undefined || whole.count === 0) return []
    const { startOffset: start, endOffset: end } = whole
    const idle = new Uint8Array(end - start)
    for (const range of ranges) idle.fill(range.count === 0 ? 1 : 0, range.startOffset - start, range.endOffset - start)
    return [{ name: `${url} ${start} ${end}`, idle }]
  }

  return {
    /** The functions that ran since the last call. */
    take() {
      /** @type {Part[]} */
      let parts = []
      session.post('Profiler.takePreciseCoverage', (error, { result }) => {
        if (error !== null) throw error
        const scripts = result.filter(({ url }) => url.includes(folder))
        parts = scripts.flatMap(({ url, functions }) => functions.flatMap((called) => read(url, called)))
      })
      return parts
    },
    /** Whether some of them had code that never ran before. @param {readonly Part[]} parts */
    isNew: (parts) =>
      parts.some(({ name, idle }) => {
        const before = notRun.get(name)
        return before === undefined || before.some((was, index) => was > (idle[index] ?? 1))
      }),
    /** @param {readonly Part[]} parts */
    add(parts) {
      for (const { name, idle } of parts) {
        const before = notRun.get(name)
        notRun.set(name, before === undefined ? idle : before.map((was, index) => was & (idle[index] ?? 1)))
      }
    },
  }
}

/** A function that ran, with the characters that did not. @typedef {{ name: string, idle: Uint8Array }} Part */
