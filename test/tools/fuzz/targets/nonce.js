// @ts-check
import assert from 'node:assert/strict'
import { isNonce, StatelessNonces } from '../../../../packages/core/dist/proof/nonces.js'
import { now, resource } from '../scene.js'

const rotationSeconds = 60
const nonces = new StatelessNonces(
  ['a secret of more than 32 bytes: 0001', Buffer.alloc(32, 7)],
  rotationSeconds,
  resource,
)
const other = new StatelessNonces([Buffer.alloc(32, 7)], rotationSeconds, resource)
const around = [-rotationSeconds, 0, rotationSeconds].flatMap((seconds) => [
  nonces.issue(now + seconds),
  other.issue(now + seconds),
])

/** A nonce claim. @type {import('./index.d.ts').FuzzTarget} */
export const nonce = {
  name: 'nonce',
  share: 0.1,
  seeds: [...around, nonces.issue(now - 2 * rotationSeconds), ''],
  words: [...around, ...'AZaz09-_=.'],
  execute(input) {
    const until = nonces.check(input, now)
    assert.equal(until !== undefined, around.includes(input))
    if (until !== undefined) assert(until > now && until <= now + 3 * rotationSeconds)
    const legal = [...input].every((character) => character > ' ' && character <= '~' && !'"\\'.includes(character))
    assert.equal(isNonce(input), input !== '' && legal)
  },
}
