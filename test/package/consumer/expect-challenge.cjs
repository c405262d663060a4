const assert = require('node:assert/strict')
const { once } = require('node:events')
const { createServer } = require('node:http')

/** Serves, asks without credentials and stops. Throws unless the answer is the guard's challenge. */
exports.expectChallenge = async (listener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/orders`)
  server.close()
  server.closeAllConnections()
  assert.equal(response.status, 401)
  assert.equal(response.headers.get('www-authenticate'), 'DPoP algs="ES256 PS256 Ed25519 EdDSA"')
}

exports.options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
