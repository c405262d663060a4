/**
 * The members of a JWK that its owner must keep secret: RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1 (symmetric keys), and `priv` of
 * `AKP` keys (RFC 9964).
 */
export const privateMembers: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The name of a private member, even if its value is null or undefined. */
export function findPrivateMember(jwk: object): string | undefined {
  return privateMembers.find((member) => member in jwk)
}
