// Plain JavaScript, because the test command runs it before anything is built. Types are beside it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findBinary } from './find-binary.js'

const isMissing = ({ binary, file }) => (file === undefined ? findBinary(binary) === undefined : !existsSync(file))
const say = (line) => process.stdout.write(`${line}\n`)

/** How long to wait for another installation, in seconds, and how often to look. */
const lockTimeoutSeconds = 600
const retrySeconds = 1

export function ensurePrograms(programs) {
  const missing = programs.filter(isMissing)
  const isRoot = process.getuid?.() === 0
  if (missing.length > 0 && isRoot && findBinary('apt-get') !== undefined) install(missing)
  for (const { binary, debianPackage, suites } of programs.filter(isMissing)) {
    const hint = isRoot ? '' : ', or run this as root'
    say(`skipped: ${suites.join(', ')}. No ${binary} here (Debian: apt-get install ${debianPackage}${hint})`)
  }
}

function install(wanted) {
  const packages = wanted.map(({ debianPackage }) => debianPackage)
  say(`installing with apt-get: ${packages.join(', ')}`)
  // Old lists may be good enough.
  aptGet('update')
  if (!aptGet('install', '-y', '--no-install-recommends', ...packages)) return
  // Debian starts a service when it installs it. The tests start their own.
  for (const { service } of wanted) if (service !== undefined) spawnSync('service', [service, 'stop'])
}

/** Whether it worked. Waits for locks, and prints any other error. */
function aptGet(command, ...args) {
  // The timeout of apt-get itself is for the lock of dpkg, and not for that of the package lists.
  const options = ['-q', '-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  let waited = 0
  for (;;) {
    const { status, stdout, stderr, error } = spawnSync('apt-get', [...options, command, ...args], {
      env,
      encoding: 'utf8',
      timeout: 2 * lockTimeoutSeconds * 1000,
    })
    if (status === 0) return true
    const output = `${stdout ?? ''}${stderr ?? ''}`.trim()
    if (/could not get lock|unable to (?:lock|acquire)/i.test(output) && waited < lockTimeoutSeconds) {
      if (waited === 0) say('waiting for another apt-get')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retrySeconds * 1000)
      waited += retrySeconds
      continue
    }
    const lastLine = output.split('\n').at(-1) || error?.message || 'no output'
    say(`apt-get ${command} failed: ${lastLine}`)
    return false
  }
}
