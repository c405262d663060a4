// @ts-check
// What the guard is compared with has a manifest and a lock file of its own, so that nobody else installs it.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} file */
const modified = (file) => statSync(`${folder}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Installs what the lock file names, unless that was done since it changed. */
export function installPeers() {
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['ci', '--prefix', folder, ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
}
