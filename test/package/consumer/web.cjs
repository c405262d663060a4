const assert = require('node:assert/strict')
const { dpopGuard } = require('@dpop-guard/web')
const { options } = require('./expect-challenge.cjs')

dpopGuard(options)(new Request('http://127.0.0.1/orders')).then(({ response }) => {
  assert.equal(response?.status, 401)
  assert.equal(response?.headers.get('www-authenticate'), 'DPoP algs="ES256 PS256 Ed25519 EdDSA"')
})
