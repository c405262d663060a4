/** Prometheus's own tool for queries and rules. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findBinary } from './find-binary.js'

const binary = findBinary('promtool')

/** Why tests with it cannot run here. Undefined if they can. CI must have it. */
export const promtoolIsMissing =
  binary === undefined ? 'no promtool on this machine (Debian: apt-get install prometheus)' : undefined
if (promtoolIsMissing !== undefined && process.env.CI === 'true') throw new Error(promtoolIsMissing)

/** For the title of a suite. */
export const skippedWithoutPromtool = promtoolIsMissing === undefined ? '' : `, skipped: ${promtoolIsMissing}`

/** Its output. Rejects if it finds a mistake. */
export async function runPromtool(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary ?? 'promtool', args, { timeout: 50_000 })
  return stdout
}
