// @ts-check
// Installs Stryker if it is missing, runs it, and checks its report. Arguments go to Stryker: --mutate 'packages/core/src/proof/nonces.ts'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const stryker = `${here}node_modules/@stryker-mutator/core/bin/stryker.js`

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  })
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(stryker)) run('npm', 'ci', '--prefix', here)
run(process.execPath, stryker, 'run', `${here}stryker.config.js`, ...process.argv.slice(2))
run(process.execPath, `${here}report.js`)
