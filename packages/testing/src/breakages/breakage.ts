import { type ErrorCode, type Failure, failures, type Reason } from '@dpop-guard/core'
import type { Draft, FieldValues, Mutation, ValidRequest } from '../mutation.js'

/** What a guard with default options answers. */
export interface ExpectedAnswer {
  readonly status: number
  /** In the body and in the challenge; undefined where the challenge alone says what to do. */
  readonly error: ErrorCode | undefined
  /** What operators see: on `node:diagnostics_channel`, and with `NODE_DEBUG=dpop-guard`. */
  readonly reason: Reason
}

/** A request that is broken on purpose. */
export interface Breakage {
  /** What is wrong with it, in words. */
  readonly description: string
  readonly expected: ExpectedAnswer
  /** What differs from a valid request. Of a list, all but the last are good requests that come before. */
  readonly mutate: (valid: ValidRequest) => Mutation | readonly Mutation[]
}

/** The mutation of each request that has to be sent, one after another. Only the last is broken. */
export function mutationsOf({ mutate }: Pick<Breakage, 'mutate'>, valid: ValidRequest): readonly Mutation[] {
  return [mutate(valid)].flat()
}

/** A breakage in words, and the part of a request that differs. */
type Row<Part> = readonly [description: string, part: Part | ((valid: ValidRequest) => Part)]

/** Breakages that a guard refuses for one reason, and that differ from a valid request in one kind of part. */
function breakagesOf<Name extends string, Part>(
  reason: Reason,
  table: Record<Name, Row<Part>>,
  toMutation: (part: Part) => Mutation | readonly Mutation[],
): Record<Name, Breakage> {
  const { status, error }: Failure = failures[reason]
  const expected = { status, error, reason }
  const rows = Object.entries<Row<Part>>(table).map(([name, [description, part]]): [string, Breakage] => {
    const partOf = typeof part === 'function' ? (part as (valid: ValidRequest) => Part) : () => part
    return [name, { description, expected, mutate: (valid) => toMutation(partOf(valid)) }]
  })
  return Object.fromEntries(rows) as Record<Name, Breakage>
}

type Members = Readonly<Record<string, unknown>>

export const mutations = <Name extends string>(reason: Reason, table: Record<Name, Row<Mutation | Mutation[]>>) =>
  breakagesOf(reason, table, (mutation) => mutation)

/** The proof has these claims; signed all the same. */
export const proofClaims = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>) =>
  breakagesOf(reason, table, (claims) => ({ proof: { claims } }))

/** The proof has these header parameters; signed all the same. */
export const proofHeaders = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>) =>
  breakagesOf(reason, table, (header) => ({ proof: { header } }))

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
export const tokenClaims = <Name extends string>(reason: Reason, table: Record<Name, Row<Members>>) =>
  breakagesOf(reason, table, (claims) => ({ claims }))

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
