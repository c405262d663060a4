/** Members of a JWK that must never leave their owner (RFC 7518 section 6). */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export function publicPartOf(jwk: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(jwk)).filter(([name]) => !privateMembers.includes(name)))
}
