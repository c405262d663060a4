// A host where `require()` of ES modules is switched off.
const assert = require('node:assert/strict')

assert.throws(() => require('@dpop-guard/express'), { code: 'ERR_REQUIRE_ESM' })

const guard = import('@dpop-guard/core').then(({ createGuard }) =>
  createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }),
)

exports.handler = async () => (await guard).check({ method: 'GET', target: '/', headers: ['Host', 'api.example.com'] })

exports.handler().then(({ status }) => process.stdout.write(String(status)))
