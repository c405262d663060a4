import type { Reason } from '@dpop-guard/core'
import type { Make, WireRequest } from './make.js'
import type { ProfileName } from './profiles.js'

/** What a request gets. */
export type Expectation =
  /** The handler is called, once, and told this. */
  { accepted: 'DPoP' | 'Bearer' | 'anonymous'; nonce?: NonceExpectation } | CheckFailed

export interface CheckFailed {
  /** Status, error and challenges follow from the wire table. */
  rejected: Reason
  /** Whose challenge has the error, where the table says "scheme used". Default `DPoP`. */
  in?: 'DPoP' | 'Bearer' | 'none'
  /** The `scope` of the challenges. Default: what the profile requires of every request. */
  scope?: string
  /** What the challenges have besides: the requirements of one route. */
  params?: Readonly<Record<string, string>>
  nonce?: NonceExpectation
}

/**
 * Whether the answer has the newest nonce. Default: where nonces are on, a rejection has it, and an acceptance only if the guard
 * always sends it.
 */
export type NonceExpectation = 'sent' | 'withheld'

/** One mutation of a valid request and the expected verdict. */
export interface Row {
  /** A sentence of behaviour, unique in the table. */
  name: string
  /** Which guard. Default `dpop-only`. */
  profile?: ProfileName
  /** One request, or a sequence whose last one is the attack; or the name of an invalid request that users can send too. */
  request:
    | string
    | ((make: Make) => WireRequest | readonly WireRequest[] | Promise<WireRequest | readonly WireRequest[]>)
  expect: Expectation
  /** What the requests before the last one get. Default: accepted. */
  earlier?: Expectation
  /** Node's parser answers 400 before any framework sees the request; the core is asked all the same. */
  nodeRejects?: true
  /** Fastify's router answers 400 before any hook. */
  fastifyRejects?: true
  /** Not for Fastify, with the reason. */
  notOnFastify?: string
}
