import { readFile } from 'node:fs/promises'
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { type Check, fail, notChecked, pass, show } from './check.js'
import { decodeJwt } from './decoded-jwt.js'

/** Where the keys are that an access token is verified with. */
export interface TokenKeys {
  /** A file or a URL. */
  readonly jwks?: string | undefined
  /** Whose metadata names the key set (RFC 8414), and the expected `iss`. */
  readonly issuer?: string | undefined
}

const step = 'token'

/** What can be said of an access token: its times, its issuer and, with the issuer's keys, its signature (RFC 9068 section 4). */
export async function inspectToken(token: string, now: number, keys: TokenKeys): Promise<Check[]> {
  const decoded = decodeJwt(token)
  if (decoded === undefined) return [notChecked(step, 'access token', 'it is no JWT: only its issuer can read it')]
  const { header, payload } = decoded
  return [
    checkType(header.typ),
    checkTimes(payload, now),
    ...(keys.issuer === undefined ? [] : [checkIssuer(payload.iss, keys.issuer)]),
    await checkSignature(token, keys),
  ]
}

function checkType(typ: unknown): Check {
  if (typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ)) return pass(step, 'typ', typ)
  return fail(step, 'typ', {
    expected: '"at+jwt"',
    received: show(typ),
    hint: "for an issuer that sends something else: tokenTyp: 'any'",
  })
}

function checkTimes({ exp, nbf }: Record<string, unknown>, now: number): Check {
  if (typeof exp !== 'number') return fail(step, 'exp', { why: `exp is ${show(exp)}, not a number` })
  if (exp <= now) return fail(step, 'exp', { why: `it expired ${Math.round(now - exp)} s before ${now}` })
  if (typeof nbf === 'number' && nbf > now) {
    return fail(step, 'nbf', { why: `it is not valid before ${Math.round(nbf - now)} s from ${now}` })
  }
  return pass(step, 'exp', `${Math.round(exp - now)} s left`)
}

function checkIssuer(received: unknown, expected: string): Check {
  if (received === expected) return pass(step, 'iss', expected)
  return fail(step, 'iss', {
    expected,
    received: show(received),
    hint: 'they are compared to the letter, slash included',
  })
}

async function checkSignature(token: string, keys: TokenKeys): Promise<Check> {
  const title = 'signature by the issuer'
  if (keys.jwks === undefined && keys.issuer === undefined) {
    return notChecked(step, title, "the issuer's keys are not known (--jwks or --issuer)")
  }
  const keySet = createLocalJWKSet(await readKeySet(keys))
  try {
    // The signature alone: times and issuer have checks of their own.
    await compactVerify(token, keySet)
    return pass(step, title)
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return fail(step, title, { why: error.message })
  }
}

async function readKeySet({ jwks, issuer = '' }: TokenKeys): Promise<JSONWebKeySet> {
  const source = jwks ?? (await findKeySet(issuer))
  const text = /^https?:\/\//i.test(source) ? await fetchText(source) : await readFile(source, 'utf8')
  const parsed = JSON.parse(text)
  if (!Array.isArray(parsed?.keys)) throw new Error(`${source} is no JWK Set`)
  return parsed
}

/** RFC 8414 section 3.1, and OpenID Connect's path as a fallback. */
async function findKeySet(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const places = [`/.well-known/oauth-authorization-server${path}`, `${path}/.well-known/openid-configuration`]
  for (const place of places) {
    const response = await fetch(origin + place)
    if (!response.ok) {
      await response.body?.cancel()
      continue
    }
    const { jwks_uri: uri } = Object(await response.json())
    if (typeof uri === 'string') return uri
  }
  throw new Error(`${issuer} has no metadata that names a jwks_uri`)
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return response.text()
}
