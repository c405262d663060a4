// @ts-check
import assert from 'node:assert/strict'
import { failures } from '@dpop-guard/core'
import { CheckFailed } from '../../../../packages/core/dist/check-failed.js'
import { checkAuthorization } from '../../../../packages/core/dist/request/authorization.js'
import { collectFields } from '../../../../packages/core/dist/request/fields.js'
import { fieldWords, readRequest } from './fields.js'

/** RFC 9110 section 11.4 with a token68, under the two schemes. */
const credentials = /^[ \t]*(dpop|bearer) +([A-Za-z0-9._~+/-]+=*)[ \t]*$/i

const accepted = { offered: /** @type {const} */ (['Bearer', 'DPoP']), others: new Set(['basic', 'digest']) }

/** @param {ReturnType<typeof readRequest> & { body?: unknown }} request */
function read(request) {
  try {
    return checkAuthorization(request, collectFields(request), accepted)
  } catch (error) {
    if (error instanceof CheckFailed && Object.hasOwn(failures, error.reason)) return undefined
    throw error
  }
}

/** A request as a string, with a parsed form. @type {import('./index.d.ts').FuzzTarget} */
export const authorization = {
  name: 'authorization',
  share: 0.2,
  seeds: [
    'GET /orders\nAuthorization: DPoP abc.def-_~+/==\nDPoP: x',
    'GET /orders?a=b&access_token=c#d\nauthorization: Bearer abc',
    'POST /\nAuthorization: DPoP a\nAuthorization: Bearer b\nContent-Type: application/x-www-form-urlencoded; charset=a',
    'GET /?access%5Ftoken\nHost: a',
    'GET /\nDPoP: a',
    'GET /\nAuthorization: Basic YTpi==',
    'GET /\nAuthorization: Digest a="b, \\"c", d=e',
  ],
  words: fieldWords,
  execute(input) {
    const request = readRequest(input)
    const found = read(request)
    const withForm = read({ ...request, body: { access_token: 'x' } })
    if (found === undefined) return
    const given = request.headers.filter(
      (_, index) => request.headers[index - 1]?.toLowerCase() === 'authorization' && index % 2 === 1,
    )
    assert.equal(given.length, 1)
    const [, scheme = '', token] = credentials.exec(given[0] ?? '') ?? []
    assert.deepEqual({ ...found, scheme: found.scheme.toLowerCase() }, { scheme: scheme.toLowerCase(), token })
    const query = /^[^?#]*\?([^#]*)/.exec(request.target)?.[1] ?? ''
    assert(!new URLSearchParams(`&${query}`).has('access_token'))
    const types = request.headers.filter(
      (_, index) => request.headers[index - 1]?.toLowerCase() === 'content-type' && index % 2 === 1,
    )
    if (types.some((type) => /^[ \t]*application\/x-www-form-urlencoded[ \t]*(;|$)/i.test(type)))
      assert.equal(withForm, undefined)
  },
}
