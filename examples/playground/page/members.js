// @ts-check
/**
 * What each member of a proof means, and the reasons for which a guard rejects it.
 *
 * @type {Record<string, { reasons: string[], says: string }>}
 */
export const proofMembers = {
  typ: {
    reasons: ['proof_typ'],
    says: 'It says that this JWT is a DPoP proof, so no other JWT of yours can be used as one.',
  },
  alg: {
    reasons: ['proof_algorithm'],
    says: 'The signature algorithm. It must be asymmetric, and one that the server accepts.',
  },
  jwk: {
    reasons: ['proof_key', 'token_key_mismatch'],
    says: 'Your public key, without private members. Its thumbprint must be the one in the token.',
  },
  jti: {
    reasons: ['proof_claims', 'proof_replayed'],
    says: 'The ID of this proof. The server remembers it: a second use is a replay.',
  },
  htm: { reasons: ['proof_htm'], says: 'The method of the request that the proof is for.' },
  htu: { reasons: ['proof_htu'], says: 'The URL of that request, without query and fragment.' },
  iat: { reasons: ['proof_expired'], says: 'When the proof was made, in seconds. Old proofs are rejected.' },
  ath: {
    reasons: ['proof_ath'],
    says: 'The SHA-256 hash of the access token. With another token the proof is rejected.',
  },
  nonce: {
    reasons: ['nonce_not_accepted'],
    says: 'The latest nonce of this server. Nobody can make a proof before the server sends it.',
  },
}

/** @type {Record<string, string>} */
export const tokenMembers = {
  alg: 'How the authorization server signed the token.',
  typ: 'An access token (RFC 9068), not an ID token.',
  kid: "Which of the authorization server's keys verifies it.",
  iss: 'The authorization server that issued it.',
  aud: 'The API that it is for.',
  sub: 'The user.',
  client_id: 'The client: this page.',
  scope: 'What the client may do.',
  cnf: 'The thumbprint of the key that the token is bound to. This makes it a DPoP token.',
  jti: 'The ID of this token.',
  iat: 'When it was issued.',
  exp: 'When it expires.',
}
