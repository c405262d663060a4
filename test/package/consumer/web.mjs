import assert from 'node:assert/strict'
import { dpopGuard } from '@dpop-guard/web'
import { options } from './expect-challenge.cjs'

const response = await dpopGuard(options).protect(() => new Response('ok'))(new Request('http://127.0.0.1/orders'))
assert.equal(response.status, 401)
assert.equal(response.headers.get('www-authenticate'), 'DPoP algs="ES256 PS256 Ed25519 EdDSA"')
