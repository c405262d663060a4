/** Access tokens that are no JWTs: each says itself what is to be said of it. */
import { randomUUID } from 'node:crypto'

export interface Instructions {
  /** The answer. Default undefined, or no content. */
  gives?: unknown
  /** No answer. */
  fails?: 'throws' | 'rejects'
  /** It is known only to the first who asks. */
  once?: true
  /** The claims that were given for it are changed as soon as somebody asks about another token. */
  spoiltLater?: true
  /** Of an introspection endpoint's answer. Default 200. */
  status?: number
  /** Of an introspection endpoint's answer. Default `application/json`. */
  type?: string
  /** Spaces behind an introspection endpoint's answer. */
  padding?: number
}

/** No two are alike. */
export function opaqueToken(instructions: Instructions): string {
  return `opaque-token.${Buffer.from(JSON.stringify({ ...instructions, id: randomUUID() })).toString('base64url')}`
}

/** Throws for what {@link opaqueToken} has not made. */
export function readOpaqueToken(token: string): Instructions {
  const [, text = ''] = token.split('.')
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}
