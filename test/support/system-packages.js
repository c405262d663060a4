// Run by `npm test`: installs the programs that tests start.
import { ensurePrograms } from './debian-packages.js'

const clientSuites = ['test/interop/languages']

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
  ...['openssl', 'curl', 'xxd'].map((name) => ({ binary: name, debianPackage: name, suites: clientSuites })),
  ...['jwt', 'cryptography'].map((name) => ({
    binary: `${name} of Python`,
    // Debian's own Python finds it there.
    file: `/usr/lib/python3/dist-packages/${name}`,
    debianPackage: `python3-${name}`,
    suites: clientSuites,
  })),
])
