// Runs two workers of node:cluster, or two threads, on the built packages. Each makes two guards. Warnings are on stderr.
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { createGuard, memoryReplayStore } from '@dpop-guard/core'

const makers = {
  default: () => undefined,
  memory: () => memoryReplayStore({ maxEntries: 10 }),
  shared: () => ({ addIfAbsent: async () => true }),
  off: () => 'off',
}
const [, , replay, role] = process.argv

if (cluster.isPrimary && role === 'workers') {
  for (let count = 0; count < 2; count++) cluster.fork()
} else if (isMainThread && role === 'threads') {
  for (let count = 0; count < 2; count++) new Worker(fileURLToPath(import.meta.url), { argv: [replay, role] })
} else {
  for (let count = 0; count < 2; count++) {
    createGuard({
      issuer: 'https://as.example.com',
      resource: 'https://api.example.com',
      replayStore: makers[replay](),
    })
  }
  cluster.worker?.disconnect()
}
