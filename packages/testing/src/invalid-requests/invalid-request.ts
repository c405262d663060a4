import { type ErrorCode, type FailureRule, failures, type Reason } from '@dpop-guard/core'
import type { Draft, FieldValues, Mutation, ValidRequest } from './mutation.js'
import type { SettingName } from './setting.js'

/** How a guard rejects a request. It has default options, unless the request names a setting. */
export interface ExpectedRejection {
  readonly status: number
  /** The `error` of the body and of the challenge. Undefined where the challenge has none. */
  readonly error: ErrorCode | undefined
  /** What operators see: on `node:diagnostics_channel`, and with `NODE_DEBUG=dpop-guard`. */
  readonly reason: Reason
}

/** When the expected rejection comes. */
export interface InvalidRequestTraits {
  /** The name of the setting: the options of the guard and the requirements of the route. Default: a guard with default options. */
  readonly setting?: SettingName
  /**
   * Only `client.fetch` can send it. `client.send` does not control method, target and body, and other HTTP clients repair or
   * reject a malformed Host and control characters.
   */
  readonly onlyByFetch?: true
  /** The scheme of the request, whose challenge has the error. `none`: the challenge has no error. Default DPoP. */
  readonly scheme?: 'Bearer' | 'none'
  /** Who answers 400 before any guard: Node's parser on a real connection, or Fastify's router. */
  readonly answeredBy?: 'Node' | 'Fastify'
}

/** A request that is invalid on purpose. */
export interface InvalidRequest extends InvalidRequestTraits {
  /** What is wrong with it, in words. */
  readonly description: string
  readonly expected: ExpectedRejection
  /** What differs from a valid request. Of a list, only the last request is expected to be rejected in this way. */
  readonly mutate: (valid: ValidRequest) => Mutation | readonly Mutation[]
}

/** The mutations to send, one request after another. Only the last one gets the expected rejection. */
export function mutationsOf({ mutate }: Pick<InvalidRequest, 'mutate'>, valid: ValidRequest): readonly Mutation[] {
  return [mutate(valid)].flat()
}

type ByName<Value> = Readonly<Record<string, Value>>

/** An invalid request in words, and the part that differs from a valid one. */
export type Row<Part = Mutation | readonly Mutation[]> = readonly [
  description: string,
  part: Part | ((valid: ValidRequest) => Part),
]

/** Requests that a guard rejects for one reason, and that differ from a valid request in one kind of part. */
function invalidRequestsOf<Part>(
  reason: Reason,
  table: ByName<Row<Part>>,
  toMutation: (part: Part) => Mutation | readonly Mutation[],
  traits: InvalidRequestTraits = {},
): ByName<InvalidRequest> {
  const { status, error }: FailureRule = failures[reason]
  const expected = { status, error: traits.scheme === 'none' ? undefined : error, reason }
  const rows = Object.entries(table).map(([name, [description, part]]): [string, InvalidRequest] => {
    const partOf = typeof part === 'function' ? (part as (valid: ValidRequest) => Part) : () => part
    return [name, { description, expected, ...traits, mutate: (valid) => toMutation(partOf(valid)) }]
  })
  return Object.fromEntries(rows)
}

type Members = Readonly<Record<string, unknown>>

export const mutations = (reason: Reason, table: ByName<Row>, traits?: InvalidRequestTraits) =>
  invalidRequestsOf(reason, table, (mutation) => mutation, traits)

/** The proof has these claims, and a good signature. */
export const proofClaims = (reason: Reason, table: ByName<Row<Members>>, traits?: InvalidRequestTraits) =>
  invalidRequestsOf(reason, table, (claims) => ({ proof: { claims } }), traits)

/** The proof has these header parameters, and a good signature. */
export const proofHeaders = (reason: Reason, table: ByName<Row<Members>>, traits?: InvalidRequestTraits) =>
  invalidRequestsOf(reason, table, (header) => ({ proof: { header } }), traits)

/** The DPoP field is made from a valid proof. */
export const proofFields = (
  reason: Reason,
  table: ByName<readonly [description: string, dpop: (draft: Draft) => FieldValues]>,
) =>
  mutations(
    reason,
    mapRows(table, (dpop) => ({ dpop })),
  )

/** The Authorization field is made from a valid token. */
export const authorizations = (
  reason: Reason,
  table: ByName<readonly [description: string, authorization: (accessToken: string) => FieldValues]>,
) =>
  mutations(
    reason,
    mapRows(table, (authorization) => ({ authorization })),
  )

/** The access token has these claims, and a good signature. */
export const tokenClaims = (reason: Reason, table: ByName<Row<Members>>, traits?: InvalidRequestTraits) =>
  invalidRequestsOf(reason, table, (claims) => ({ claims }), traits)

/** The access token has these header parameters, and a good signature. */
export const tokenHeaders = (reason: Reason, table: ByName<Row<Members>>) =>
  invalidRequestsOf(reason, table, (header) => ({ mint: { header } }))

function mapRows<Value>(
  table: ByName<readonly [description: string, value: Value]>,
  toMutation: (value: Value) => Mutation,
): ByName<Row<Mutation>> {
  const rows = Object.entries(table).map(([name, [description, value]]) => [name, [description, toMutation(value)]])
  return Object.fromEntries(rows)
}
