/** Makes valid requests, and valid requests with one thing changed. */
import type { JsonWebKey } from 'node:crypto'
import {
  createProofClient,
  type JsonPart,
  type ProofClient,
  type ProofParts,
  signCompact,
} from '../support/proof-client.js'
import type { MintOptions, TestIssuer } from '../support/test-issuer.js'
import { mainIssuer, now, type Profile, resource } from './profiles.js'

/** A request as it goes over the wire. */
export interface WireRequest {
  method: string
  target: string
  /** Flat like Node's `rawHeaders`. */
  headers: readonly string[]
  body?: string | undefined
  /** How long after `now` it arrives. Seconds, default 0. */
  later?: number | undefined
}

/** What differs from a valid request. Whatever is not mentioned is right, and fits the rest. */
export interface Mutation {
  /** Default GET. */
  method?: string | undefined
  /** Default `/orders?page=2`. */
  target?: string | undefined
  /** Values of the Host field; `[]` leaves it out. Default an internal name: no guard may care. */
  host?: string | readonly string[] | undefined
  /** Default DPoP. */
  scheme?: string | undefined
  client?: ProofClient | undefined
  issuer?: TestIssuer | undefined
  /** Merged over the token's claims; `undefined` removes one. */
  claims?: Record<string, unknown> | undefined
  mint?: MintOptions | undefined
  /** Instead of a token that is made from the above. */
  accessToken?: string | undefined
  /** Values of the Authorization field, instead of scheme and token; `[]` leaves it out. */
  authorization?: string | readonly string[] | ((accessToken: string) => string | readonly string[]) | undefined
  /** Where the proof is for, instead of the request's own target. */
  url?: string | undefined
  proof?: Partial<ProofParts> | undefined
  /** Values of the DPoP field, instead of the proof; `[]` leaves it out. */
  dpop?: string | readonly string[] | ((draft: Draft) => string | readonly string[]) | undefined
  /** More fields, behind the others. */
  headers?: readonly string[] | undefined
  body?: string | undefined
  /** How long after `now` the proof is made and sent. Seconds, default 0. */
  later?: number | undefined
}

/** What a valid proof is made of, for those who write their own. */
export interface Draft {
  header: Record<string, unknown> & { jwk: JsonWebKey }
  payload: Record<string, unknown>
  /** The valid proof: three base64url texts. */
  proof: string
  accessToken: string
  /** Signs exactly these texts with the client's key. */
  sign(header: JsonPart, payload: JsonPart): string
}

/** One client with its own key: no row can disturb another's replay store entries. */
export class Make {
  readonly client = createProofClient()
  readonly now = now
  readonly #publicUrl: string

  constructor(profile: Profile) {
    this.#publicUrl = profile.publicUrl ?? resource
  }

  /** A token that is bound to `client`, unless the claims say otherwise. */
  accessToken({ issuer = mainIssuer, client = this.client, claims, mint }: Mutation = {}): string {
    return issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }, mint)
  }

  request(mutation: Mutation = {}): WireRequest {
    const { method = 'GET', target = '/orders?page=2', host = 'orders.internal:8080', scheme = 'DPoP' } = mutation
    const { accessToken = this.accessToken(mutation), authorization = `${scheme} ${accessToken}` } = mutation
    const { dpop = ({ proof }) => proof, headers = [], body, later } = mutation
    const fields = {
      Host: host,
      Authorization: typeof authorization === 'function' ? authorization(accessToken) : authorization,
      DPoP: typeof dpop === 'function' ? dpop(this.#draft(mutation, method, target, accessToken)) : dpop,
    }
    const flat = Object.entries(fields).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]))
    return { method, target, headers: [...flat, ...headers], body, later }
  }

  #draft(
    { client = this.client, url, proof: parts, later = 0 }: Mutation,
    method: string,
    target: string,
    accessToken: string,
  ): Draft {
    const path = target.split(/[?#]/, 1)[0] ?? ''
    const proof = client.proof({ method, url: url ?? this.#publicUrl + path, now: now + later, accessToken, ...parts })
    const [header, payload] = proof.split('.')
    return {
      header: JSON.parse(Buffer.from(header ?? '', 'base64url').toString()),
      payload: JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()),
      proof,
      accessToken,
      sign: (header, payload) => signCompact({ alg: client.alg, privateKey: client.privateKey, header, payload }),
    }
  }
}
