/** A real nginx in the foreground, with the configuration of one test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from './client-certificates.js'
import { findBinary } from './find-binary.js'
import { findFreePort } from './free-port.js'

const binary = findBinary('nginx')

/** Why these tests cannot run here. Undefined if they can. CI must have nginx. */
export const nginxIsMissing =
  binary === undefined ? 'no nginx on this machine (Debian: apt-get install nginx-light)' : undefined
if (nginxIsMissing !== undefined && process.env.CI === 'true') throw new Error(nginxIsMissing)

/** For the title of a suite. */
export const skippedWithoutNginx = nginxIsMissing === undefined ? '' : `, skipped: ${nginxIsMissing}`

export interface NginxOptions {
  /** The content of `http { }`, as an operator writes it: with port 443 and the file names of `certificateFiles`. */
  config: string
  certificate: Certificate
  /** Ports of 127.0.0.1, by the ports in `config` that they replace. */
  ports: Readonly<Record<number, number>>
}

/** The certificate's names in a configuration. */
export const certificateFiles = {
  cert: '/etc/nginx/api.example.com.crt',
  key: '/etc/nginx/api.example.com.key',
} as const

export interface Nginx {
  /** The port of 127.0.0.1 that replaces 443. */
  readonly port: number
  /** The log of nginx so far, from level `notice`. */
  readonly log: string
  close(): Promise<void>
}

/** Starts it and waits until it listens. */
export async function startNginx({ config, certificate, ports }: NginxOptions): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'dpop-guard-nginx-'))
  const port = await findFreePort()
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  let http = substitute(config, 'listen 443 ', `listen 127.0.0.1:${port} `)
  for (const name of ['cert', 'key'] as const) http = substitute(http, certificateFiles[name], files[name])
  for (const [written, actual] of Object.entries(ports)) {
    http = substitute(http, `127.0.0.1:${written}`, `127.0.0.1:${actual}`)
  }
  await mkdir(join(folder, 'temp'))
  await writeFile(files.cert, certificate.cert)
  await writeFile(files.key, certificate.key, { mode: 0o600 })
  await writeFile(join(folder, 'nginx.conf'), writeConfig(folder, http))

  const child = spawn(binary ?? '', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  // A test run that ends early must not leave a server running. On SIGTERM, nginx also ends its workers.
  const stop = () => void child.kill('SIGTERM')
  process.on('exit', stop)

  let log = ''
  child.stderr.setEncoding('utf8')
  const listening = new Promise<boolean>((resolve) => {
    child.stderr.on('data', (text: string) => {
      log += text
      if (log.includes('start worker process ')) resolve(true)
    })
    child.stderr.on('end', () => resolve(false))
  })
  async function close() {
    stop()
    await exited
    process.off('exit', stop)
    await rm(folder, { recursive: true, force: true })
  }
  if (!(await listening)) {
    await close()
    throw new Error(`nginx did not start:\n${log}`)
  }
  return {
    port,
    get log() {
      return log
    },
    close,
  }
}

/** Throws if the string is not there, because then the page and the test no longer match. */
function substitute(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the configuration does not have ${JSON.stringify(from)}:\n${text}`)
  return text.replaceAll(from, to)
}

function writeConfig(folder: string, http: string): string {
  const tempPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, 'temp', name)};`,
  )
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  ${tempPaths.join('\n  ')}
${http}
}
`
}
