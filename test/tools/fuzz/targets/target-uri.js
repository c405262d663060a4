// @ts-check
import assert from 'node:assert/strict'
import { failures } from '@dpop-guard/core'
import { CheckFailed } from '../../../../packages/core/dist/check-failed.js'
import { parsePublicBase } from '../../../../packages/core/dist/request/public-url.js'
import {
  checkRequestTarget,
  expectedUris,
  normalizeUri,
  servedBases,
} from '../../../../packages/core/dist/request/target-uri.js'
import { normalizeByTheBook } from '../../../property/rfc3986.js'
import { resource } from '../scene.js'

const base = parsePublicBase(resource)
assert(base !== undefined)

/** @param {string} uri */
function checkUri(uri) {
  const normalized = normalizeUri(uri)
  if (normalized === undefined) return undefined
  assert.equal(normalizeUri(normalized), normalized)
  // The oracle does not normalise IPv6 addresses.
  if (!uri.includes('[')) assert.equal(normalized, normalizeByTheBook(uri))
  assert.match(normalized, /^https?:\/\/[^/?#@\\]+\/[!-"$->@-[\]-~]*$/)
  return normalized
}

/** @param {string} target */
function expectedFor(target) {
  try {
    const known = /** @type {import('../../../../packages/core/dist/request/target-uri.js').PublicBase} */ (base)
    const read = checkRequestTarget(target)
    return expectedUris(read, servedBases(read, [known]))
  } catch (error) {
    if (error instanceof CheckFailed && Object.hasOwn(failures, error.reason)) return []
    throw error
  }
}

/** A request target in the first line, an `htu` in the second. @type {import('./index.d.ts').FuzzTarget} */
export const targetUri = {
  name: 'target-uri',
  share: 0.25,
  seeds: [
    `/orders\n${resource}/orders`,
    `/a%2Fb/%7e?q=1\nHTTPS://API.example.com:443/a%2fb/~#f`,
    `${resource}/x\nhttps://api.example.com/y/../x`,
    'http://[::1]:80/\nhttps://[2001:DB8::7:192.0.2.1]:8443/a',
    '//orders\nhttps://u@api.example.com/',
  ],
  words: [
    ...['/', '//', '/.', '/..', '/%2e', '%', '%2', '%41', '%7E', '\\', '?', '#', '@', ':', ':443', '[::1]'],
    resource,
  ],
  execute(input) {
    const at = input.indexOf('\n')
    const [target, htu] = at === -1 ? [input, input] : [input.slice(0, at), input.slice(at + 1)]
    const normalized = checkUri(htu)
    for (const uri of expectedFor(target)) {
      assert.equal(checkUri(uri), uri)
      assert(uri.startsWith(`${resource}/`))
      const [path = ''] = target.split(/[?#]/, 1)
      const absolute = path.startsWith('/') ? resource + path : path
      assert.equal(uri, normalizeByTheBook(absolute))
      if (normalized === uri) assert.equal(normalizeByTheBook(htu), normalizeByTheBook(absolute))
    }
  },
}
