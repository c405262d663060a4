import { privateMembers } from '@dpop-guard/core'

export function publicPartOf(jwk: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(jwk)).filter(([name]) => !privateMembers.includes(name)))
}
