// Run by `npm test`: installs the programs that tests start.
import { ensurePrograms } from './debian-packages.js'

ensurePrograms([
  {
    binary: 'redis-server',
    debianPackage: 'redis-server',
    service: 'redis-server',
    suites: ['test/faults', 'test/instances'],
  },
  { binary: 'nginx', debianPackage: 'nginx-light', service: 'nginx', suites: ['test/proxy'] },
  { binary: 'caddy', debianPackage: 'caddy', service: 'caddy', suites: ['test/proxy'] },
  { binary: 'chromium', debianPackage: 'chromium', suites: ['test/browser'] },
  {
    binary: 'promtool',
    debianPackage: 'prometheus',
    service: 'prometheus',
    suites: ['test/integration/prometheus.test.ts'],
  },
])
