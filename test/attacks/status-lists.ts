/** Token Status Lists of the main issuer. The name of a list says what is wrong with it. */
import { deflateSync } from 'node:zlib'
import type { FetchFunction } from '@dpop-guard/core'
import { tokenStatusList } from '@dpop-guard/core/token-status-list'
import type { TestIssuer } from '../support/test-issuer.js'

export const statusLists = 'https://as.example.com/statuslists/'

/** Two bits each: valid, invalid, suspended, and a status of the issuer's own. */
const statuses = Buffer.from([0b11_10_01_00])

const listOf = (bytes: Buffer) => ({ bits: 2, lst: deflateSync(bytes).toString('base64url') })

interface Parts {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  signer?: TestIssuer
}

const mediaType = 'application/statuslist+jwt'

/** The option `isRevoked`. Lists whose name ends in `later` are others when they are fetched again. */
export function createStatusLists(issuer: TestIssuer, attacker: TestIssuer, now: number) {
  const { kid } = issuer.jwks.keys[0] ?? {}
  const fetched = new Map<string, number>()

  const sign = (uri: string, { header, claims, signer = issuer }: Parts = {}) =>
    signer.sign(
      { typ: 'statuslist+jwt', alg: 'ES256', kid, ...header },
      { sub: uri, iat: now, status_list: listOf(statuses), ...claims },
    )

  const changed: Readonly<Record<string, Parts>> = {
    good: {},
    attacker: { signer: attacker },
    'other-typ': { header: { typ: 'JWT' } },
    'access-token': { header: { typ: 'at+jwt' } },
    'alg-none': { header: { alg: 'none' } },
    crit: { header: { crit: ['exp'] } },
    'unknown-key': { header: { kid: 'removed' } },
    'other-sub': { claims: { sub: `${statusLists}other` } },
    'no-sub': { claims: { sub: undefined } },
    expired: { claims: { exp: now - 60 } },
    'from-the-future': { claims: { iat: now + 60 } },
    'no-iat': { claims: { iat: undefined } },
    'ttl-zero': { claims: { ttl: 0 } },
    'three-bits': { claims: { status_list: { ...listOf(statuses), bits: 3 } } },
    'not-deflated': { claims: { status_list: { bits: 2, lst: 'AAAA' } } },
    'no-list': { claims: { status_list: undefined } },
    bomb: { claims: { status_list: listOf(Buffer.alloc(8 * 1024 * 1024 + 1)) } },
    'revoked-later': { claims: { ttl: 10 } },
    'down-later': { claims: { ttl: 10 } },
    'expires-soon': { claims: { exp: now + 10 } },
  }

  const fetch: FetchFunction = async (url) => {
    const name = url.slice(statusLists.length)
    const calls = (fetched.get(name) ?? 0) + 1
    fetched.set(name, calls)
    const answer = (text: string, type = mediaType) => new Response(text, { headers: { 'content-type': type } })
    if (name === 'unreachable') throw new Error('connection refused')
    if (name === 'missing') return new Response('', { status: 404 })
    if (name === 'redirected') return Response.redirect(`${statusLists}good`, 302)
    if (name === 'other-media-type') return answer(sign(url), 'application/jwt')
    if (name === 'page') return answer('<html>')
    if (name === 'too-long') return answer(`${sign(url)}${'A'.repeat(2 * 1024 * 1024)}`)
    if (name === 'cut') return answer(sign(url).slice(0, -1))
    if (name === 'unsigned') return answer(sign(url).replace(/[^.]*$/, ''))
    if (name === 'revoked-later' && calls > 1)
      return answer(sign(url, { claims: { status_list: listOf(Buffer.from([1])) } }))
    if (name === 'down-later' && calls > 1) throw new Error('connection refused')
    const parts = changed[name]
    if (parts === undefined) throw new Error(`no list is named ${name}`)
    return answer(sign(url, parts))
  }
  return tokenStatusList({ issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, uris: statusLists, fetch })
}
