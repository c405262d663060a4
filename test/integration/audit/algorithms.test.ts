/** An API that offers algorithms which not every runtime has. */
import { createTokenIssuer } from '@dpop-guard/testing'
import { expect, test } from 'vitest'
import { runtimeHas } from '../../../packages/core/src/proof/algorithms.js'
import { auditApi, signedBy } from './audited-server.js'

const postQuantum = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const

test('ML-DSA of the challenge: sent with a key of each kind, or the report says which runtime it takes', async () => {
  const algsOfProofs: string[] = []
  const report = await auditApi(
    (audience) => ({
      tokens: signedBy(createTokenIssuer({ audience })),
      handle: ({ headers: { dpop } }, response) => {
        if (typeof dpop !== 'string') {
          response.writeHead(401, { 'WWW-Authenticate': `DPoP algs="ES256 ${postQuantum.join(' ')} X-1"` }).end()
          return
        }
        algsOfProofs.push(JSON.parse(Buffer.from(dpop.split('.')[0] ?? '', 'base64url').toString()).alg)
        response.end('{}')
      },
    }),
    { only: ['valid-alg-*'] },
  )
  const has = runtimeHas('ML-DSA-44')
  const rows = new Map(report.results.map(({ name, outcome, needs }) => [name, { outcome, needs }]))
  for (const alg of postQuantum) {
    const needs = `a runtime that can sign with ${alg}, such as Node.js 24.7 or later: this one is ${process.version}`
    expect(rows.get(`valid-alg-${alg}`)).toEqual(has ? { outcome: 'passed' } : { outcome: 'not run', needs })
  }
  expect(rows.get('valid-alg-X-1')).toMatchObject({ outcome: 'not run', needs: 'a client that can sign with X-1' })
  expect(algsOfProofs).toEqual(expect.arrayContaining(has ? [...postQuantum] : ['ES256']))
})
