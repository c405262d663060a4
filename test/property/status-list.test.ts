/** Status lists are written and read by another library, `@sd-jwt/jwt-status-list`: it and the guard must read the same statuses. */
import { deflateSync } from 'node:zlib'
import type { FetchFunction } from '@dpop-guard/core'
import { tokenStatusList } from '@dpop-guard/core/token-status-list'
import { createHeaderAndPayload, StatusList } from '@sd-jwt/jwt-status-list'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { statusAt } from '../../packages/core/src/access-token/status-list.js'
import { createScene, now, outcome } from '../support/guard-scene.js'
import { createTestIssuer } from '../support/test-issuer.js'

const bitsOfStatus = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const)
const maxStatuses = 300

/** Statuses that have so many bits, and a few indices among them. */
const list = bitsOfStatus.chain((bits) =>
  fc.array(fc.integer({ min: 0, max: 2 ** bits - 1 }), { minLength: 1, maxLength: maxStatuses }).chain((statuses) =>
    fc.record({
      bits: fc.constant(bits),
      statuses: fc.constant(statuses),
      indices: fc.uniqueArray(fc.nat(statuses.length - 1), { minLength: 1, maxLength: 6 }),
    }),
  ),
)

describe('for lists of 1, 2, 4 and 8 bits', () => {
  test('each status is what the library wrote', () => {
    fc.assert(
      fc.property(list, ({ bits, statuses }) => {
        const written = new StatusList(statuses, bits)
        const bytes = Buffer.from(written.encodeStatusList())
        expect(statuses.map((_, index) => statusAt({ bits, bytes }, index))).toEqual(statuses)
      }),
      { numRuns: 500 },
    )
  })

  test('the library reads each status as the guard does, and both lists have the same length', () => {
    fc.assert(
      fc.property(bitsOfStatus, fc.uint8Array({ minLength: 1, maxLength: 100 }), (bits, array) => {
        const bytes = Buffer.from(array)
        const { statusList } = StatusList.decompressStatusList(deflateSync(bytes).toString('base64url'), bits)
        expect(statusList.map((_, index) => statusAt({ bits, bytes }, index))).toEqual(statusList)
        expect(statusAt({ bits, bytes }, statusList.length)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  test('a guard that fetches a list of the library rejects each token whose status is not 0, and no other', async () => {
    const issuer = createTestIssuer()
    const uri = 'https://as.example.com/statuslists/1'
    const { client, request } = createScene({}, issuer)
    await fc.assert(
      fc.asyncProperty(list, async ({ bits, statuses, indices }) => {
        const { header, payload } = createHeaderAndPayload(
          new StatusList(statuses, bits),
          { sub: uri, iat: now },
          { typ: 'statuslist+jwt', alg: 'ES256', kid: issuer.jwks.keys[0]?.kid },
        )
        const fetch: FetchFunction = async () =>
          new Response(issuer.sign(header, JSON.stringify(payload)), {
            headers: { 'content-type': 'application/statuslist+jwt' },
          })
        const isRevoked = tokenStatusList({ issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, uris: uri })
        const { guard } = createScene({ isRevoked, fetch }, issuer)
        for (const idx of indices) {
          const accessToken = issuer.mint({ now, cnf: { jkt: client.jkt }, status: { status_list: { idx, uri } } })
          const expected = statuses[idx] === 0 ? 'accepted' : '401 token_revoked'
          expect(await outcome(guard, request({ accessToken })), `index ${idx}`).toBe(expected)
        }
      }),
      { numRuns: 60 },
    )
  })
})
