// @ts-check
import { errorCode, exchange } from './exchange.js'
import { isFresh, makeProof } from './proof.js'

/** @typedef {import('./key.js').Key} Key */
/** @typedef {import('./exchange.js').Exchange} Exchange */
/** @typedef {import('./exchange.js').Request} Request */
/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {import('./scene.js').Api} Api */

/** The OAuth client: it has a key, gets tokens for it, and remembers each server's nonce. Emits `change`. */
export class Client extends EventTarget {
  #scene
  /** @type {Key | undefined} */
  #key
  /** @type {Map<string, string>} */
  #tokens = new Map()
  /** @type {Map<string, string>} */
  #nonces = new Map()
  /** @type {string | undefined} */
  #keptProof

  /** @param {Scene} scene */
  constructor(scene) {
    super()
    this.#scene = scene
  }

  get key() {
    return this.#key
  }

  /** Tokens are useless without their key, so a change of the key deletes the tokens. */
  set key(key) {
    this.#key = key
    this.#keptProof = undefined
    this.#tokens.clear()
    this.#changed()
  }

  /** @param {string} api its origin */
  tokenFor(api) {
    return this.#tokens.get(api)
  }

  /** The latest nonce of a server: each has its own (RFC 9449 section 8.2). @param {string} url */
  nonceFor(url) {
    return this.#nonces.get(new URL(url).origin)
  }

  /** A proof for the next token request, signed before it. */
  get keptProof() {
    return this.#keptProof
  }

  set keptProof(proof) {
    this.#keptProof = proof
    this.#changed()
  }

  /** A proof by the client's key. @param {import('./proof.js').Purpose} purpose */
  prove(purpose) {
    if (this.#key === undefined) throw new Error('there is no key')
    return makeProof(this.#key, { nonce: this.nonceFor(purpose.url), ...purpose })
  }

  /**
   * Gets a token for each API, or none at all. The code gets the first one, the refresh token gets the others.
   *
   * @param {{ code: string, codeVerifier: string }} authorization
   * @returns {Promise<Exchange[]>}
   */
  async getTokens({ code, codeVerifier }) {
    const { clientId, redirectUri, apis } = this.#scene
    /** @type {Exchange[]} */
    const exchanges = []
    /** @type {Record<string, string>} */
    let grant = { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri }
    for (const { origin } of apis) {
      const tries = await this.#requestToken({ ...grant, client_id: clientId, resource: origin })
      exchanges.push(...tries)
      const { response } = /** @type {Exchange} */ (tries.at(-1))
      if (response.status !== 200) {
        this.#tokens.clear()
        break
      }
      const { access_token: token, refresh_token: refreshToken } = JSON.parse(response.body)
      this.#tokens.set(origin, token)
      grant = { grant_type: 'refresh_token', refresh_token: refreshToken ?? grant.refresh_token }
    }
    this.#changed()
    return exchanges
  }

  /** Calls an API with a new proof, and once more if the API asks for a nonce. @param {Api} api @param {string} method */
  callApi({ origin }, method) {
    return this.#withRetry(async () => this.apiRequest(method, `${origin}/orders`, this.tokenFor(origin)))
  }

  /** @param {string} method @param {string} url @param {string | undefined} token @returns {Promise<Request>} */
  async apiRequest(method, url, token) {
    const dpop = await this.prove({ method, url, token })
    return { method, url, headers: { Authorization: `DPoP ${token}`, DPoP: dpop } }
  }

  /** Sends a request, and remembers the nonce of the response. @param {Request} request */
  async send(request) {
    const sent = await exchange(request)
    const nonce = sent.response.headers['dpop-nonce']
    if (nonce !== undefined) this.#nonces.set(new URL(request.url).origin, nonce)
    return sent
  }

  /** @param {Record<string, string>} parameters */
  #requestToken(parameters) {
    const { tokenEndpoint: url } = this.#scene
    return this.#withRetry(async () => {
      const dpop = this.#takeKeptProof() ?? (await this.prove({ method: 'POST', url }))
      return { method: 'POST', url, headers: { DPoP: dpop }, body: new URLSearchParams(parameters) }
    })
  }

  /** The kept proof, if it is still fresh. It is used once. */
  #takeKeptProof() {
    const proof = this.#keptProof
    this.#keptProof = undefined
    return proof !== undefined && isFresh(proof) ? proof : undefined
  }

  /** RFC 9449 section 8: a server that asks for a nonce sends one. @param {() => Promise<Request>} makeRequest */
  async #withRetry(makeRequest) {
    const first = await this.send(await makeRequest())
    if (errorCode(first.response) !== 'use_dpop_nonce') return [first]
    return [first, await this.send(await makeRequest())]
  }

  #changed() {
    this.dispatchEvent(new Event('change'))
  }
}
