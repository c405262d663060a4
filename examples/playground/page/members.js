// @ts-check
/**
 * What each member of a proof means, and the check that reads it: a number in RFC 9449 section 4.3, or a section.
 *
 * @type {Record<string, { check: string, says: string }>}
 */
export const proofMembers = {
  typ: { check: '4', says: 'It says that this JWT is a DPoP proof, so no other JWT of yours can be used as one.' },
  alg: { check: '5', says: 'The signature algorithm. It must be asymmetric, and one that the server accepts.' },
  jwk: {
    check: '7, 12',
    says: 'Your public key, without private members. Its thumbprint must be the one in the token.',
  },
  jti: {
    check: '3, section 11.1',
    says: 'The ID of this proof. The server remembers it: a second use is a replay.',
  },
  htm: { check: '8', says: 'The method of the request that the proof is for.' },
  htu: { check: '9', says: 'The URL of that request, without query and fragment.' },
  iat: { check: '11', says: 'When the proof was made, in seconds. Old proofs are rejected.' },
  ath: { check: '12', says: 'The SHA-256 hash of the access token. With another token the proof is rejected.' },
  nonce: { check: '10', says: 'The latest nonce of this server. Nobody can make a proof before the server sends it.' },
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
