/**
 * A resource server as people write it by hand, with faults to choose. Without a fault it makes the checks of RFC 9449 plainly,
 * and less strictly than a guard of this repository.
 */
import { createHash, createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { jwkThumbprint, type TokenIssuer } from '@dpop-guard/testing'
import type { Fault } from './faults.js'

export interface NaiveServerOptions {
  readonly issuer: TokenIssuer
  readonly faults: ReadonlySet<Fault>
  /** Asks for a nonce, the same for everyone. */
  readonly nonce?: string | undefined
}

class Rejected extends Error {
  constructor(
    readonly error: string | undefined,
    readonly status = 401,
  ) {
    super(error)
  }
}

type Json = Record<string, unknown>

function decode(text: string): { header: Json; payload: Json; input: string; signature: Buffer } {
  const [header = '', payload = '', signature = ''] = text.split('.')
  const parse = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString())
  return {
    header: parse(header),
    payload: parse(payload),
    input: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** Returns false for anything but a good ES256 signature. */
function verifies(key: unknown, input: string, signature: Buffer): boolean {
  // Node 26 reads the private member too, and rejects one that does not fit.
  const { d, ...members } = key as JsonWebKey
  const publicKey = createPublicKey({ key: members, format: 'jwk' })
  return verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/** A store that answers when a second question about the same key comes, or after a while. */
function createSlowStore() {
  const waiting = new Map<string, () => void>()
  return {
    answer: (key: string) =>
      new Promise<void>((resolve) => {
        waiting.get(key)?.()
        waiting.set(key, resolve)
        setTimeout(resolve, 500)
      }),
  }
}

export function createNaiveServer({ issuer, faults, nonce }: NaiveServerOptions): RequestListener {
  const has = (fault: Fault) => faults.has(fault)
  const used = new Set<string>()
  const slowStore = createSlowStore()

  function readToken(request: IncomingMessage): { token: string; scheme: 'DPoP' | 'Bearer' } {
    const { authorization } = request.headers
    const inQuery = new URL(request.url ?? '/', 'http://localhost').searchParams.get('access_token')
    if (inQuery !== null && has('takes a token from the query')) return { token: inQuery, scheme: 'DPoP' }
    if (authorization === undefined)
      throw new Rejected(has('names an error without credentials') ? 'invalid_token' : undefined)
    const [, scheme = '', token = ''] = /^(\w+) +([\w.~+/-]+=*)$/.exec(authorization) ?? []
    if (scheme.toLowerCase() === 'bearer' && has('accepts bound tokens as Bearer')) return { token, scheme: 'Bearer' }
    if (scheme.toLowerCase() !== 'dpop') throw new Rejected('invalid_token')
    return { token, scheme: 'DPoP' }
  }

  function checkToken(token: string, origin: string): Json {
    const { header, payload, input, signature } = decodeOr('invalid_token', token)
    const key = has('takes the key from the token') && header.jwk ? header.jwk : issuer.jwks.keys[0]
    const isUnsigned = header.alg === 'none' && has('accepts alg none in tokens')
    const goodAlg = isUnsigned || has('does not verify tokens') || header.alg === 'ES256'
    if (!goodAlg) throw new Rejected('invalid_token')
    if (!isUnsigned && !has('does not verify tokens') && !verifies(key, input, signature))
      throw new Rejected('invalid_token')
    const now = Date.now() / 1000
    const { exp, nbf, iss, aud } = payload
    if (!(Number(exp) > now) && !has('ignores exp')) throw new Rejected('invalid_token')
    if (typeof nbf === 'number' && nbf > now && !has('ignores nbf')) throw new Rejected('invalid_token')
    if (iss !== issuer.issuer && !has('ignores iss')) throw new Rejected('invalid_token')
    if (![aud].flat().includes(origin) && !has('ignores aud')) throw new Rejected('invalid_token')
    if (header.typ !== 'at+jwt' && !has('accepts any JWT as a token')) throw new Rejected('invalid_token')
    return payload
  }

  function decodeOr(error: string, text: string) {
    try {
      return decode(text)
    } catch {
      if (has('fails on what it cannot parse')) throw new TypeError('not a JWT')
      throw new Rejected(error)
    }
  }

  function readProof(request: IncomingMessage): string {
    const fields = request.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === 'dpop')
    const [proof] = fields
    if (proof === undefined) throw new Rejected(proofError)
    if (fields.length > 1 && !has('takes the first of two proofs')) throw new Rejected(proofError)
    return proof
  }

  const proofError = has('calls a bad proof invalid_token') ? 'invalid_token' : 'invalid_dpop_proof'

  function checkHeader({ header, input, signature }: ReturnType<typeof decode>): Json {
    const jwk = header.jwk as Json | undefined
    if (typeof jwk !== 'object' || jwk === null) throw new Rejected(proofError)
    if (header.typ !== 'dpop+jwt' && !has('ignores typ of proofs')) throw new Rejected(proofError)
    if (header.crit !== undefined && !has('ignores crit')) throw new Rejected(proofError)
    if (jwk.d !== undefined && !has('accepts private keys')) throw new Rejected(proofError)
    if (header.alg === 'none' && has('accepts alg none in proofs')) return jwk
    if (header.alg === 'HS256' && has('accepts HMAC with the public key')) {
      const secret = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
      if (createHmac('sha256', secret).update(input).digest().equals(signature)) return jwk
    }
    if (header.alg !== 'ES256') throw new Rejected(proofError)
    if (!has('does not verify proofs')) {
      try {
        if (!verifies(jwk, input, signature)) throw new Rejected(proofError)
      } catch {
        throw new Rejected(proofError)
      }
    }
    return jwk
  }

  function publicOrigin(request: IncomingMessage, origin: string): string {
    const forwarded = request.headers['x-forwarded-host']
    if (has('trusts X-Forwarded-Host') && forwarded !== undefined) return `https://${forwarded}`
    if (has('trusts Host') && request.headers.host !== new URL(origin).host) return `https://${request.headers.host}`
    return origin
  }

  function sameUrl(htu: unknown, request: IncomingMessage, origin: string): boolean {
    if (has('ignores htu')) return true
    const expected = new URL(request.url ?? '/', publicOrigin(request, origin))
    if (typeof htu !== 'string' || !URL.canParse(htu)) return false
    const received = new URL(htu)
    const [one, other] = [expected, received].map(({ origin, pathname }) => origin + pathname)
    if (has('compares only the path of htu')) return expected.pathname === received.pathname
    if (has('compares the beginning of htu')) return other?.startsWith(one ?? '') === true
    if (has('compares htu without case')) return one?.toLowerCase() === other?.toLowerCase()
    if (has('decodes htu')) return decodeURIComponent(one ?? '') === decodeURIComponent(other ?? '')
    // Unreserved characters only, and before the parser of URLs repairs anything.
    if (!/^[\w.~:/?#%=&+,;!$'()*-]+$/.test(htu) || !/^https?:\/\/[\w.-]+(?::[1-9]\d*)?(?:[/?#]|$)/i.test(htu))
      return false
    return (
      one ===
      other?.replace(/%([0-9a-f]{2})/gi, (escaped, hex) => {
        const letter = String.fromCharCode(Number.parseInt(hex, 16))
        return /[\w.~-]/.test(letter) ? letter : escaped
      })
    )
  }

  function checkClaims(payload: Json, token: string, request: IncomingMessage, origin: string): void {
    const { jti, htm, htu, iat, ath } = payload
    if ((typeof jti !== 'string' || jti === '') && !has('accepts a proof without jti')) throw new Rejected(proofError)
    const sameMethod = has('compares htm without case')
      ? String(htm).toUpperCase() === request.method
      : htm === request.method
    if (!sameMethod && !has('ignores htm')) throw new Rejected(proofError)
    if (!sameUrl(htu, request, origin)) throw new Rejected(proofError)
    const missing = iat === undefined && has('accepts a proof without iat')
    const age = Date.now() / 1000 - (typeof iat === 'number' ? iat : Number.NaN)
    if (!(age <= 60 || missing || has('accepts old proofs')) || (!has('accepts proofs from the future') && age < -30)) {
      throw new Rejected(proofError)
    }
    const optional = ath === undefined && has('needs no ath')
    if (ath !== sha256(token) && !optional && !has('ignores ath')) throw new Rejected(proofError)
  }

  function checkNonce(payload: Json): void {
    if (nonce === undefined || payload.nonce === nonce) return
    if (payload.nonce === undefined && has('needs no nonce')) return
    if (payload.nonce !== undefined && has('accepts any nonce')) return
    throw new Rejected('use_dpop_nonce')
  }

  async function checkReplay(proof: string, { jti }: Json): Promise<void> {
    if (has('remembers no proof')) return
    const key = has('remembers whole proofs') ? proof : String(jti)
    const known = used.has(key)
    if (has('remembers proofs too late')) await slowStore.answer(key)
    used.add(key)
    if (known) throw new Rejected(proofError)
  }

  async function check(request: IncomingMessage, origin: string): Promise<void> {
    if (has('lets everyone pass')) return
    const { token, scheme } = readToken(request)
    const claims = checkToken(token, origin)
    if (scheme === 'Bearer') return
    if (request.headers.dpop === undefined && has('needs no proof')) return
    const proof = readProof(request)
    const opened = decodeOr(proofError, proof)
    if (proof.split('.').length !== 3) throw new Rejected(proofError)
    const jwk = checkHeader(opened)
    const bound = (claims.cnf as Json | undefined)?.jkt
    const unbound = bound === undefined && has('accepts tokens without a binding')
    if (!unbound && !has('does not compare the key with the token') && bound !== jwkThumbprint(jwk)) {
      throw new Rejected('invalid_token')
    }
    checkClaims(opened.payload, token, request, origin)
    checkNonce(opened.payload)
    await checkReplay(proof, opened.payload)
  }

  function reject({ error, status }: Rejected, request: IncomingMessage, response: ServerResponse): void {
    const code = error === undefined ? '' : `error="${error}"`
    const algs = has('names no algs') ? '' : 'algs="ES256"'
    const dpop = `DPoP ${[code, algs].filter((part) => part !== '').join(', ')}`.trim()
    const lines = has('asks for another scheme') ? ['Bearer realm="api"'] : [dpop]
    if (has('writes a broken challenge')) lines[0] = `${dpop},, "`
    if (has('adds an empty Bearer challenge')) lines.push('Bearer')
    if (has('puts the error into the Bearer challenge'))
      lines.splice(0, 1, `Bearer ${code || 'realm="api"'}`, `DPoP ${algs}`)
    if (!has('sends no challenge')) response.setHeader('WWW-Authenticate', lines)
    if (error === 'use_dpop_nonce' && nonce !== undefined && !has('sends no nonce')) {
      response.setHeader('DPoP-Nonce', has('sends two nonces') ? [nonce, `${nonce}2`] : nonce)
      if (!has('lets nonces be cached')) response.setHeader('Cache-Control', 'no-store')
    }
    response.statusCode = has('answers 403') ? 403 : status
    response.end(has('repeats the token') ? `bad credentials: ${request.headers.authorization}` : 'rejected')
  }

  return (request, response) => {
    const origin = `http://127.0.0.1:${request.socket.localPort}`
    check(request, origin).then(
      () => {
        if (nonce !== undefined && has('needs no nonce')) {
          response.setHeader('DPoP-Nonce', nonce).setHeader('Cache-Control', 'no-store')
        }
        response.end('{"orders":[]}')
      },
      (error) => {
        if (error instanceof Rejected) reject(error, request, response)
        else response.writeHead(500).end('Internal Server Error')
      },
    )
  }
}
