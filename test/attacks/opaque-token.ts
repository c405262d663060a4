/** Access tokens that are not JWTs. Each one holds what a service must answer about it. */
import { randomUUID } from 'node:crypto'

export interface Instructions {
  /** The answer. Default undefined, or no content. */
  answers?: unknown
  /** The service does not answer. */
  fails?: 'throws' | 'rejects'
  /** The token is known the first time only. */
  once?: true
  /** The claims that were returned for it are changed at the next question about a token. */
  spoiltLater?: true
  /** Of an introspection endpoint's answer. Default 200. */
  status?: number
  /** Of an introspection endpoint's answer. Default `application/json`. */
  type?: string
  /** How many spaces follow an introspection endpoint's answer. */
  padding?: number
}

/** Each token is unique. */
export function opaqueToken(instructions: Instructions): string {
  return `opaque-token.${Buffer.from(JSON.stringify({ ...instructions, id: randomUUID() })).toString('base64url')}`
}

/** Throws for a token that is not from {@link opaqueToken}. */
export function readOpaqueToken(token: string): Instructions {
  const [, text = ''] = token.split('.')
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}
