// @ts-check
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'

/**
 * Uses the Redis of REDIS_URL. Without REDIS_URL it starts one on this port, which writes nothing to disk.
 *
 * @param {number} port
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function findRedis(port) {
  const { REDIS_URL } = process.env
  if (REDIS_URL) return { url: REDIS_URL, close() {} }

  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', tmpdir(), '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  const close = () => void child.kill()
  process.on('exit', close)
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(new Error('install redis-server, or set REDIS_URL')))
    child.on('exit', () => reject(new Error('redis-server did not start')))
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (text.includes('Ready to accept connections')) resolve({ url: `redis://127.0.0.1:${port}`, close })
    })
  })
}
