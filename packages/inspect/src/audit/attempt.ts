/** Makes the requests of a row, and sends them one after another. */

import type { WireRequest } from '@dpop-guard/testing/internal'
import {
  type Mutation,
  mutationsOf,
  tokenOf,
  type ValidRequest,
  writeFields,
} from '@dpop-guard/testing/invalid-requests'
import { errorOf } from './answer-checks.js'
import type { ReadAuditOptions } from './audit-options.js'
import { type Exchange, exchange, isAccepted, nonceOf } from './exchange.js'
import { createPace } from './pace.js'
import type { Redaction } from './redaction.js'
import { type AuditRow, NotRun, neededFor } from './row.js'
import { copiesAtOnce } from './rows.js'

const maxAnswerBytes = 64 * 1024

/** The exchanges of a row, and what the judgement needs to know of them. */
export interface Attempt {
  readonly exchanges: readonly Exchange[]
  readonly token: string
  readonly isPublic: boolean
  /** Whether a good proof had a nonce of the server, which may limit its age instead of `iat`. */
  readonly hadNonce: boolean
}

/** Sends the requests of rows. Remembers the newest nonce of the server. */
export class Sender {
  readonly #options: ReadAuditOptions
  readonly #redaction: Redaction
  readonly #pace: () => Promise<void>
  #nonce: string | undefined
  /** Whether valid requests need a nonce, or get one for the next request. */
  usesNonces = false

  constructor(options: ReadAuditOptions, redaction: Redaction) {
    this.#options = options
    this.#redaction = redaction
    this.#pace = createPace(options.requestsPerSecond)
  }

  /** Sends the requests of a row, and once more if the server asks for a nonce. */
  async attempt(row: AuditRow): Promise<Attempt> {
    const first = await this.#once(row)
    const last = first.exchanges.at(-1)
    const isOffered = last?.answer !== undefined && isAccepted(last.answer) && nonceOf(last.answer) !== undefined
    if (row.kind === 'valid' && (isOffered || asksForNonce(last))) this.usesNonces = true
    return asksForNonce(last) ? this.#once(row) : first
  }

  /** Makes the requests of a row without sending them. */
  async make(row: AuditRow): Promise<WireRequest[]> {
    const { valid, mutations } = await this.#mutations(row)
    const requests: WireRequest[] = []
    for (const mutation of mutations) requests.push((await this.#request(valid, mutation)).request)
    return requests
  }

  async #once(row: AuditRow): Promise<Attempt> {
    const { valid, mutations } = await this.#mutations(row)
    const exchanges: Exchange[] = []
    let token = ''
    let isPublic = false
    for (const mutation of mutations) {
      const made = await this.#request(valid, mutation)
      token = made.token
      if (row.kind === 'replays') {
        exchanges.push(...(await Promise.all(Array.from({ length: copiesAtOnce }, () => this.#send(made.request)))))
        continue
      }
      const sent = await this.#send(made.request)
      exchanges.push(sent)
      if (asksForNonce(sent)) break
      isPublic = row.kind === 'invalid' && (await this.#isPublic(sent, mutation))
    }
    return { exchanges, token, isPublic, hadNonce: valid.nonce !== undefined }
  }

  async #mutations(row: AuditRow): Promise<{ valid: ValidRequest; mutations: readonly Mutation[] }> {
    const { method, htu: url, target, client, tokens, clock } = this.#options
    const accessToken = await tokens.tokenFor(client)
    this.#redaction.hide(accessToken)
    const now = Math.floor(clock())
    const { issuer } = tokens
    const valid = { method, url, target, now, client, issuer, accessToken, nonce: this.#nonce }
    try {
      return { valid, mutations: mutationsOf(row, valid) }
    } catch (error) {
      // An opaque token has no parts that could be changed.
      if (neededFor(error) !== undefined || tokens.kind === 'signed') throw error
      throw new NotRun('an access token that is a JWT')
    }
  }

  async #request(valid: ValidRequest, mutation: Mutation): Promise<{ request: WireRequest; token: string }> {
    const { method, target, body } = { ...this.#options, ...definedParts(mutation) }
    this.#checkMethod(method)
    const token = mutation.accessToken ?? (await this.#tokenOf(valid, mutation))
    if (token !== valid.accessToken) this.#redaction.hide(token, 'changed')
    const complete = { ...mutation, accessToken: token }
    if (isUnchanged(valid, mutation, token)) throw new NotRun('a URL or a token in which this can differ')
    const { url, fields } = this.#options
    const own = mutation.body === undefined ? fields : withoutContentType(fields)
    const all = [...writeFields(valid, complete), ...own]
    if (this.#holdsPrivateKey(all)) {
      throw new NotRun('a key that the audit made, because the request holds the private key: no --key')
    }
    const request = { url, method, target, fields: all, body: Buffer.from(body) }
    return { request, token }
  }

  /** A changed token is signed here. For another key, the token is as good as that of the first one. */
  async #tokenOf(valid: ValidRequest, mutation: Mutation): Promise<string> {
    const { client = valid.client, issuer, claims, mint } = mutation
    const isOther = client.jkt !== valid.client.jkt
    if (isOther && issuer === undefined && claims === undefined && mint === undefined) {
      return this.#options.tokens.tokenFor(client)
    }
    return tokenOf(valid, mutation)
  }

  /** The key of the user must stay on this machine. */
  #holdsPrivateKey(fields: readonly string[]): boolean {
    if (this.#options.clientKey === 'made') return false
    // An AKP key (RFC 9964) has it in "priv".
    const { d, priv = d } = this.#options.client.privateKey.export({ format: 'jwk' })
    if (typeof priv !== 'string') return true
    const parts = fields.flatMap((value) => [value, ...value.split('.').map((part) => decode(part))])
    return parts.some((part) => part.includes(priv))
  }

  #checkMethod(method: string): void {
    const { otherMethods, method: own } = this.#options
    const harmless = [own, 'GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase())
    if (!harmless && otherMethods !== 'sent') throw new NotRun(`--all-methods, which sends ${method}`)
  }

  async #send(request: WireRequest): Promise<Exchange> {
    await this.#pace()
    const sent = await exchange(request, { timeoutSeconds: this.#options.timeoutSeconds, maxBytes: maxAnswerBytes })
    const nonce = nonceOf(sent.answer)
    if (nonce !== undefined && isSendable(nonce)) this.#nonce = nonce
    return sent
  }

  /** Whether everyone gets a 2xx for this target. It may be another route than the audited one. */
  async #isPublic({ request, answer }: Exchange, { target, method, host }: Mutation): Promise<boolean> {
    if (answer === undefined || !isAccepted(answer)) return false
    if (target === undefined && method === undefined && host === undefined) return false
    const fields = request.fields.filter((_, index, all) => !isCredential(all[index - (index % 2)]))
    // A query may have a token.
    const [path = ''] = request.target.split('?')
    const control = await this.#send({ ...request, target: path, fields })
    return control.answer !== undefined && isAccepted(control.answer)
  }
}

const decode = (part: string) => Buffer.from(part, 'base64url').toString('latin1')

const isCredential = (name = '') => /^(?:proxy-|x-)?authorization$|^dpop$/i.test(name)

/** Only these parts of a request are the mutation's own. */
function definedParts({ method, target, body }: Mutation): Partial<Record<'method' | 'target' | 'body', string>> {
  return {
    ...(method !== undefined && { method }),
    ...(target !== undefined && { target }),
    ...(body !== undefined && { body }),
  }
}

const withoutContentType = (fields: readonly string[]) =>
  fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== 'content-type')

/** What changes a letter or a dot changes nothing where there is none, and the request would be valid. */
function isUnchanged(valid: ValidRequest, mutation: Mutation, token: string): boolean {
  const parts = Object.entries(mutation).filter(([, value]) => value !== undefined)
  const [[name, value] = [], ...others] = parts
  if (name === undefined || others.length > 0) return false
  if (name === 'authorization') return (typeof value === 'function' ? value(token) : value) === `DPoP ${token}`
  if (name === 'url') return value === valid.url
  if (name === 'accessToken') return value === valid.accessToken
  return name === 'target' && value === valid.target
}

function asksForNonce(sent: Exchange | undefined): boolean {
  return sent?.answer?.status === 401 && errorOf(sent.answer) === 'use_dpop_nonce' && nonceOf(sent.answer) !== undefined
}

/** A nonce of a stranger becomes a claim of our proofs. */
const isSendable = (nonce: string) => nonce.length <= 1024 && /^[\x21-\x7e]+$/.test(nonce)
