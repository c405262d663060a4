import { type ErrorCode, type FailureRule, failures, type Reason } from '@dpop-guard/core'
import type { Draft, FieldValues, Mutation, ValidRequest } from '../mutation.js'
import type { SettingName } from './setting.js'

/** What a guard answers, with default options where nothing else is said. */
export interface ExpectedAnswer {
  readonly status: number
  /** In the body and in the challenge; undefined where the challenge alone says what to do. */
  readonly error: ErrorCode | undefined
  /** What operators see: on `node:diagnostics_channel`, and with `NODE_DEBUG=dpop-guard`. */
  readonly reason: Reason
}

/** What is to be known of a breakage besides. */
export interface Traits {
  /** Whose options the guard has, and whose requirements the route. Default: the guard's default options. */
  readonly setting?: SettingName
  /**
   * Only `client.fetch` sends it as it is. `client.send` has no say in method, target and body; and other HTTP clients repair or
   * refuse a malformed Host, and control characters.
   */
  readonly onlyByFetch?: true
  /** The scheme that the request uses, whose challenge has the error. `none`: the challenge has no error. Default DPoP. */
  readonly scheme?: 'Bearer' | 'none'
  /** Answers 400 by itself, before any guard: the parser of Node, on a real connection, or the router of Fastify. */
  readonly answeredBy?: 'Node' | 'Fastify'
}

/** A request that is broken on purpose. */
export interface Breakage extends Traits {
  /** What is wrong with it, in words. */
  readonly description: string
  readonly expected: ExpectedAnswer
  /** What differs from a valid request. Of a list, the last is broken; those before it are good, or lack what is said of them. */
  readonly mutate: (valid: ValidRequest) => Mutation | readonly Mutation[]
}

/** The mutation of each request that has to be sent, one after another. Only the last is broken. */
export function mutationsOf({ mutate }: Pick<Breakage, 'mutate'>, valid: ValidRequest): readonly Mutation[] {
  return [mutate(valid)].flat()
}

/** A breakage in words, and the part of a request that differs. */
export type Row<Part = Mutation | readonly Mutation[]> = readonly [
  description: string,
  part: Part | ((valid: ValidRequest) => Part),
]

/** Breakages that a guard refuses for one reason, and that differ from a valid request in one kind of part. */
function breakagesOf<Name extends string, Part>(
  reason: Reason,
  table: Record<Name, Row<Part>>,
  toMutation: (part: Part) => Mutation | readonly Mutation[],
  traits: Traits = {},
): Record<Name, Breakage> {
  const { status, error }: FailureRule = failures[reason]
  const expected = { status, error: traits.scheme === 'none' ? undefined : error, reason }
  const rows = Object.entries<Row<Part>>(table).map(([name, [description, part]]): [string, Breakage] => {
    const partOf = typeof part === 'function' ? (part as (valid: ValidRequest) => Part) : () => part
    return [name, { description, expected, ...traits, mutate: (valid) => toMutation(partOf(valid)) }]
  })
  return Object.fromEntries(rows) as Record<Name, Breakage>
}

type Members = Readonly<Record<string, unknown>>

export const mutations = <Name extends string>(reason: Reason, table: Record<Name, Row>, traits?: Traits) =>
  breakagesOf(reason, table, (mutation) => mutation, traits)

/** The proof has these claims; signed all the same. */
export const proofClaims = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>, traits?: Traits) =>
  breakagesOf(reason, table, (claims) => ({ proof: { claims } }), traits)

/** The proof has these header parameters; signed all the same. */
export const proofHeaders = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>, traits?: Traits) =>
  breakagesOf(reason, table, (header) => ({ proof: { header } }), traits)

/** The DPoP field is made from a valid proof. */
export const proofFields = <Name extends string>(
  reason: Reason,
  table: Record<Name, readonly [description: string, dpop: (draft: Draft) => FieldValues]>,
) =>
  mutations(
    reason,
    mapRows(table, (dpop) => ({ dpop })),
  )

/** The Authorization field is made from a valid token. */
export const authorizations = <Name extends string>(
  reason: Reason,
  table: Record<Name, readonly [description: string, authorization: (accessToken: string) => FieldValues]>,
) =>
  mutations(
    reason,
    mapRows(table, (authorization) => ({ authorization })),
  )

/** The token has these claims; signed all the same. */
export const tokenClaims = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>, traits?: Traits) =>
  breakagesOf(reason, table, (claims) => ({ claims }), traits)

/** The token has these header parameters; signed all the same. */
export const tokenHeaders = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>) =>
  breakagesOf(reason, table, (header) => ({ mint: { header } }))

function mapRows<Name extends string, Value>(
  table: Record<Name, readonly [description: string, value: Value]>,
  toMutation: (value: Value) => Mutation,
): Record<Name, Row<Mutation>> {
  const rows = Object.entries<readonly [string, Value]>(table).map(([name, [description, value]]) => [
    name,
    [description, toMutation(value)],
  ])
  return Object.fromEntries(rows)
}
