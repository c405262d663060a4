/** Makes valid requests, and valid requests with one thing changed. */
import { createProofClient } from '@dpop-guard/testing'
import {
  type Mutation as FieldMutation,
  type InvalidRequest,
  mutationsOf,
  tokenOf,
  type ValidRequest,
  writeFields,
} from '@dpop-guard/testing/invalid-requests'
import { mainIssuer, now, type Profile, resource } from './profiles.js'

export type { Draft } from '@dpop-guard/testing/invalid-requests'

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

/** What differs from a valid request. All that is not mentioned is valid and fits the rest: the proof is for this target. */
export interface Mutation extends FieldMutation {
  /** How long after `now` the proof is made and sent. Seconds, default 0. */
  later?: number | undefined
}

/** One client with its own key, so that no row shares replay store entries with another. */
export class Make {
  readonly client = createProofClient()
  readonly now = now
  readonly #publicUrl: string

  constructor(profile: Profile) {
    this.#publicUrl = profile.publicUrl ?? resource
  }

  /** A token that is bound to `client` by default; claims can change that. */
  accessToken(mutation: Mutation = {}): string {
    return tokenOf(this.#valid({ ...mutation, later: 0 }), mutation)
  }

  request(mutation: Mutation = {}): WireRequest {
    const { accessToken = this.accessToken(mutation) } = mutation
    return write(this.#valid(mutation), { ...mutation, accessToken })
  }

  /** The requests of a named invalid request. Users can send these too. */
  invalid(request: InvalidRequest, nonce?: string): WireRequest[] {
    const valid = { ...this.#valid({}), nonce }
    return mutationsOf(request, valid).map((mutation) => write(valid, mutation))
  }

  mutations(request: InvalidRequest): readonly FieldMutation[] {
    return mutationsOf(request, this.#valid({}))
  }

  #valid({ method = 'GET', target = '/orders?page=2', later = 0 }: Mutation): ValidRequest & { target: string } {
    const path = target.split(/[?#]/, 1)[0] ?? ''
    return { method, target, url: this.#publicUrl + path, now: now + later, client: this.client, issuer: mainIssuer }
  }
}

function write(valid: ValidRequest & { target: string }, mutation: Mutation): WireRequest {
  const { method = valid.method, target = valid.target, body, later } = mutation
  // An internal name, because no guard may depend on it.
  const { host = 'orders.internal:8080' } = mutation
  return { method, target, headers: writeFields(valid, { ...mutation, host }), body, later }
}
