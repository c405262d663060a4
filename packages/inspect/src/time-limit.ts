import { explainBreak } from './unreachable.js'

/** Gives up when an exchange with `url`, bodies included, takes longer. */
export async function withinSeconds<Result>(
  seconds: number,
  url: string,
  exchange: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(Math.ceil(seconds * 1000))
  try {
    return await exchange(signal)
  } catch (error) {
    throw signal.aborted ? new Error(`${url} gives no whole answer within ${seconds} s`) : explainBreak(url, error)
  }
}
