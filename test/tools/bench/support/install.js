// @ts-check
// The other validators have their own manifest and lock file, so that a normal install does not include them.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} file */
const modified = (file) => statSync(`${folder}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Installs the packages of the lock file, if it has changed since the last time. */
export function installPeers() {
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['ci', '--prefix', folder, ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
}
