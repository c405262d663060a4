/** What the explanation needs of `node:crypto`, with public-domain curves in JavaScript. It signs only with keys of the page itself. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { Buffer } from './buffer.js'

const digests = { sha256, sha384, sha512 }

/** By the name of the curve in a JWK. */
const curves = {
  'P-256': { curve: p256, name: 'prime256v1', bytes: 32 },
  'P-384': { curve: p384, name: 'secp384r1', bytes: 48 },
  'P-521': { curve: p521, name: 'secp521r1', bytes: 66 },
}

const bytesOf = (data, encoding) => new Uint8Array(typeof data === 'string' ? Buffer.from(data, encoding) : data)

export const webcrypto = globalThis.crypto

export function hash(name, data, encoding) {
  return createHash(name).update(data).digest(encoding)
}

export function createHash(name) {
  const running = digests[name].create()
  return {
    update(data, encoding) {
      running.update(bytesOf(data, encoding))
      return this
    },
    digest(encoding) {
      const result = Buffer.from(running.digest())
      return encoding === undefined ? result : result.toString(encoding)
    },
  }
}

export const randomBytes = (length) => Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(length)))

/** Not `crypto.randomUUID`, which a page from a file may not have. */
export function randomUUID() {
  const hex = randomBytes(16).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export const constants = { RSA_PKCS1_PADDING: 1, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1 }

export class KeyObject {
  constructor(jwk, secret) {
    this.jwk = jwk
    this.secret = secret
    this.asymmetricKeyType = { EC: 'ec', OKP: 'ed25519', RSA: 'rsa' }[jwk.kty]
    this.asymmetricKeyDetails = { namedCurve: curves[jwk.crv]?.name }
  }

  export({ format }) {
    return format === 'jwk' ? { ...this.jwk } : this
  }
}

const uncompressed = ({ crv, x, y }) => {
  const { bytes } = curves[crv]
  const [one, other] = [x, y].map((text) => Buffer.from(text, 'base64url'))
  if (one.length !== bytes || other.length !== bytes) throw new TypeError('wrong length')
  return new Uint8Array([4, ...one, ...other])
}

export function createPublicKey(input) {
  if (input instanceof KeyObject) return new KeyObject(input.jwk)
  const { key: jwk } = input
  if (jwk.kty === 'EC') curves[jwk.crv].curve.Point.fromBytes(uncompressed(jwk)).assertValidity()
  else if (jwk.kty === 'OKP') ed25519.Point.fromBytes(bytesOf(jwk.x, 'base64url'))
  else if (jwk.kty !== 'RSA') throw new TypeError('unknown key')
  return new KeyObject(jwk)
}

/** Only for keys of `generateKeyPairSync`. */
export function createPrivateKey({ key }) {
  if (key instanceof KeyObject) return key
  throw new TypeError('the page reads no private keys')
}

export function generateKeyPairSync(type) {
  if (type !== 'ec') throw new TypeError('the page signs with ES256 alone')
  const secret = p256.utils.randomSecretKey()
  const point = Buffer.from(p256.getPublicKey(secret, false))
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  const privateKey = new KeyObject({ kty: 'EC', crv: 'P-256', x, y }, secret)
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

export const sign = (_digest, input, { key }) => Buffer.from(p256.sign(bytesOf(input), key.secret, { lowS: false }))

/** Synchronous, or with a callback. */
export function verify(digest, data, options, signature, callback) {
  const result = verifies(digest, bytesOf(data), options, bytesOf(signature))
  if (callback === undefined) return result
  queueMicrotask(() => callback(null, result))
}

function verifies(digest, data, { key: { jwk }, padding }, signature) {
  try {
    if (jwk.kty === 'OKP') return ed25519.verify(signature, data, bytesOf(jwk.x, 'base64url'), { zip215: false })
    if (jwk.kty === 'EC') return curves[jwk.crv].curve.verify(signature, data, uncompressed(jwk), { lowS: false })
    return verifiesRsa(digest, data, jwk, signature, padding)
  } catch {
    return false
  }
}

const numberOf = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

function power(base, exponent, modulus) {
  let [result, factor, rest] = [1n, base % modulus, exponent]
  for (; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus
    factor = (factor * factor) % modulus
  }
  return result
}

/** RFC 8017 sections 8.1.2 and 8.2.2. */
function verifiesRsa(name, data, { n, e }, signature, padding) {
  const modulus = numberOf(bytesOf(n, 'base64url'))
  const length = Buffer.byteLength(n, 'base64url')
  const value = numberOf(signature)
  if (signature.length !== length || value >= modulus) return false
  const hex = power(value, numberOf(bytesOf(e, 'base64url')), modulus)
    .toString(16)
    .padStart(length * 2, '0')
  const encoded = Buffer.from(hex, 'hex')
  const digest = digests[name](data)
  return padding === constants.RSA_PKCS1_PSS_PADDING
    ? verifiesPss(digests[name], digest, encoded, modulus.toString(2).length - 1)
    : encoded.equals(pkcs1(digest, length))
}

/** DigestInfo of SHA-256 (RFC 8017 section 9.2). */
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')

function pkcs1(digest, length) {
  const tail = Buffer.concat([digestInfo, digest])
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(length - tail.length - 3, 0xff), Buffer.from([0]), tail])
}

/** RFC 8017 section 9.1.2, with a salt as long as the digest. */
function verifiesPss(hashOf, digest, message, bits) {
  const encoded = message.subarray(message.length - Math.ceil(bits / 8))
  const [size] = [digest.length]
  const masked = encoded.subarray(0, encoded.length - size - 1)
  const seed = encoded.subarray(masked.length, masked.length + size)
  const unused = 8 * encoded.length - bits
  if (encoded.at(-1) !== 0xbc || (unused > 0 && masked[0] >> (8 - unused) !== 0)) return false
  const block = Buffer.from(masked.map((byte, index) => byte ^ mask(hashOf, seed, masked.length)[index]))
  block[0] &= 0xff >> unused
  const start = block.length - size - 1
  if (block.subarray(0, start).some((byte) => byte !== 0) || block[start] !== 1) return false
  const salted = Buffer.concat([Buffer.alloc(8), digest, block.subarray(start + 1)])
  return Buffer.from(hashOf(new Uint8Array(salted))).equals(seed)
}

function mask(hashOf, seed, length) {
  const parts = []
  for (let counter = 0; parts.length * 32 < length; counter++) {
    parts.push(
      Buffer.from(
        hashOf(
          new Uint8Array([...seed, counter >> 24, counter >> 16, counter >> 8, counter].map((byte) => byte & 0xff)),
        ),
      ),
    )
  }
  return Buffer.concat(parts).subarray(0, length)
}

const missing = (name) => () => {
  throw new TypeError(`the page has no ${name}`)
}

export const createHmac = missing('createHmac')
export const timingSafeEqual = missing('timingSafeEqual')
