// @ts-check
// The same sections on each version of Node.js, because OpenSSL differs. The versions are those of test/tools/runtimes.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTable } from './support/table.js'
import { isMet, readTargets } from './support/targets.js'

const runtimes = fileURLToPath(new URL('../runtimes/', import.meta.url))
const main = fileURLToPath(new URL('main.js', import.meta.url))
const verificationTimes = fileURLToPath(new URL('placement/times.js', import.meta.url))
const installed = ['node20', 'node22', 'node24', 'node26']

/** @typedef {{ microseconds: Record<string, number>, placements: Record<string, string> }} Times */

/** @param {readonly string[]} sections @param {(text?: string) => void} print */
export async function compareNodes(sections, print) {
  if (!existsSync(join(runtimes, 'node_modules')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: runtimes, stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'dpop-guard-bench-'))
  try {
    const nodes = installed.map((name) => {
      const node = join(runtimes, 'node_modules', name, 'bin/node')
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
      /** @type {Times} */
      const times = JSON.parse(execFileSync(node, [verificationTimes], { encoding: 'utf8' }))
      print(`\n# Node ${version}\n`)
      const file = join(folder, `${name}.json`)
      const { status } = spawnSync(node, [main, ...sections, `--json=${file}`], { stdio: 'inherit' })
      if (status !== 0) throw new Error(`the bench failed on Node ${version}`)
      return { version, times, targets: readTargets(file) }
    })
    const versions = nodes.map(({ version }) => version)
    const names = new Set(nodes.flatMap(({ targets }) => targets.map(({ text }) => text)))
    print('\n# All versions\n')
    print('A figure in bold misses its target.\n')
    print(
      makeTable(
        ['target', ...versions],
        [...names].map((name) => [name, ...nodes.map(({ targets }) => cellOf(targets, name))]),
      ),
    )
    print('\nMicroseconds of CPU for one verification, the best of several turns, and where the guard verifies it:')
    print(
      '`quick` on the event loop, `moderate` on threads except for the last of a batch, `slow` always on threads.\n',
    )
    const algorithms = Object.entries(nodes[0]?.times.placements ?? {})
    print(
      makeTable(
        ['signature', 'placement', ...versions],
        algorithms.map(([name, placement]) => [
          name,
          placement,
          ...nodes.map(({ times }) => times.microseconds[name]?.toFixed(0) ?? 'not there'),
        ]),
      ),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {readonly import('./support/targets.js').Target[]} targets @param {string} text */
function cellOf(targets, text) {
  const target = targets.find((one) => one.text === text)
  if (target === undefined) return ''
  const figure = target.value.toFixed(2)
  return isMet(target) ? figure : `**${figure}**`
}
