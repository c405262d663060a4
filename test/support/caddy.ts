/** A real Caddy in the foreground, with the configuration of one test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBinary } from './find-binary.js'

const binary = findBinary('caddy')

/** Why these tests cannot run here. Undefined if they can. CI must have Caddy. */
export const caddyIsMissing =
  binary === undefined ? 'no caddy on this machine (Debian: apt-get install caddy)' : undefined
if (caddyIsMissing !== undefined && process.env.CI === 'true') throw new Error(caddyIsMissing)

/** Starts it with a Caddyfile, and waits until it listens. Resolves to the function that ends it. */
export async function startCaddy(caddyfile: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'dpop-guard-caddy-'))
  const file = join(folder, 'Caddyfile')
  await writeFile(file, `{\n\tadmin off\n\tauto_https off\n}\n${caddyfile}`)
  const child = spawn(binary ?? '', ['run', '--config', file, '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  })
  const exited = once(child, 'exit')
  const stop = () => void child.kill('SIGTERM')
  process.on('exit', stop)
  async function close() {
    stop()
    await exited
    process.off('exit', stop)
    await rm(folder, { recursive: true, force: true })
  }
  let log = ''
  const listening = new Promise<boolean>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('serving initial configuration')) resolve(true)
    })
    child.stderr.on('end', () => resolve(false))
  })
  if (!(await listening)) {
    await close()
    throw new Error(`Caddy did not start:\n${log}`)
  }
  return close
}
