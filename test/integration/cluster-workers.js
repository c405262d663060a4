// Runs two workers of node:cluster, on the built packages. Each makes two stores: what it says is on stderr.
import cluster from 'node:cluster'
import { createGuard, memoryReplayStore } from '@dpop-guard/core'

const makers = {
  default: () => undefined,
  memory: () => memoryReplayStore({ maxEntries: 10 }),
  shared: () => ({ claim: async () => true }),
  off: () => 'off',
}
const [, , replay, role] = process.argv

if (cluster.isPrimary && role === 'workers') {
  for (let count = 0; count < 2; count++) cluster.fork()
} else {
  for (let count = 0; count < 2; count++) {
    createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com', replay: makers[replay]() })
  }
  cluster.worker?.disconnect()
}
