// Installs the programs that tests start (Debian, as root). Anywhere else it says what to install, and which suite is skipped
// until then. Run by `npm test`.
import { spawnSync } from 'node:child_process'
import { findBinary } from './find-binary.js'

const programs = [
  { binary: 'redis-server', debianPackage: 'redis-server', service: 'redis-server', suite: 'test/faults' },
  { binary: 'nginx', debianPackage: 'nginx-light', service: 'nginx', suite: 'test/proxy' },
  { binary: 'chromium', debianPackage: 'chromium', suite: 'test/browser' },
]

const isMissing = ({ binary }) => findBinary(binary) === undefined

const missing = programs.filter(isMissing)
if (missing.length > 0 && process.getuid?.() === 0 && findBinary('apt-get') !== undefined) install(missing)
for (const { binary, debianPackage, suite } of programs.filter(isMissing)) {
  process.stdout.write(`${suite} will be skipped: no ${binary} here (Debian: apt-get install ${debianPackage})\n`)
}

/** @param {typeof programs} wanted */
function install(wanted) {
  const packages = wanted.map(({ debianPackage }) => debianPackage)
  if (!run('apt-get', ['-qq', 'update'])) return
  run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages])
  // Debian starts what it installs. The tests start their own.
  for (const { service } of wanted) if (service !== undefined) run('service', [service, 'stop'])
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { env, stdio: 'ignore', timeout: 300_000 }).status === 0
}
