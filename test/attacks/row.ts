import type { Reason } from '@dpop-guard/core'
import type { Make, WireRequest } from './make.js'
import type { ProfileName } from './profiles.js'

/** How the guard answers a request. */
export type Expectation =
  /** The handler is called once, with this. */
  { accepted: 'DPoP' | 'Bearer' | 'anonymous'; nonce?: NonceExpectation } | CheckFailed

export interface CheckFailed {
  /** Status, error and challenges follow from the wire table. */
  rejected: Reason
  /** The challenge that has the error, where the table says "scheme used". Default `DPoP`. */
  in?: 'DPoP' | 'Bearer' | 'none'
  /** The `scope` of the challenges. Default: what the profile requires of every request. */
  scope?: string
  /** More parameters of the challenges: the requirements of one route. */
  params?: Readonly<Record<string, string>>
  /** The schemes of the challenges, where a route offers fewer than its guard. */
  offered?: readonly string[]
  nonce?: NonceExpectation
}

/**
 * Whether the answer has the newest nonce. Default, where nonces are on: every rejection has it. An accepted request gets it only
 * if the guard always sends it.
 */
export type NonceExpectation = 'sent' | 'withheld'

/** One mutation of a valid request and the expected verdict. */
export interface Row {
  /** A sentence of behaviour, unique in the table. */
  name: string
  /** The guard. Default `dpop-only`. */
  profile?: ProfileName
  /** One request, or a list whose last one is the attack, or the name of an invalid request that users can send too. */
  request:
    | string
    | ((make: Make) => WireRequest | readonly WireRequest[] | Promise<WireRequest | readonly WireRequest[]>)
  expect: Expectation
  /** The answer to the requests before the last one. Default: accepted. */
  earlier?: Expectation
  /** Node's parser answers 400 before any framework sees the request. The core still checks it. */
  nodeRejects?: boolean
  /** Fastify's router answers 400 before any hook. */
  fastifyRejects?: true
  /** Needs a guard behind a parser of forms. */
  needsParsedForm?: true
}
