// @ts-check
/**
 * What each member of a proof says, and the check that it feeds: the number in RFC 9449 section 4.3, or a section.
 *
 * @type {Record<string, { check: string, says: string }>}
 */
export const proofMembers = {
  typ: { check: '4', says: 'This JWT is a DPoP proof. No other JWT that you sign can be taken for one.' },
  alg: { check: '5', says: 'The signature algorithm. It must be asymmetric, and one that the server accepts.' },
  jwk: {
    check: '7, 12',
    says: 'Your public key. It must hold no private part, and its thumbprint must be the one in the token.',
  },
  jti: {
    check: '3, section 11.1',
    says: 'A name for this proof alone. The server remembers it: a second use is a replay.',
  },
  htm: { check: '8', says: 'The method of the request that the proof is for.' },
  htu: { check: '9', says: 'The URL of that request, without query and fragment.' },
  iat: { check: '11', says: 'When the proof was made, in seconds. Old proofs are refused.' },
  ath: { check: '12', says: 'The SHA-256 hash of the access token beside it. With another token the proof is void.' },
  nonce: { check: '10', says: 'The latest value that this server has handed out. Nobody can make proofs ahead of it.' },
}

/** @type {Record<string, string>} */
export const tokenMembers = {
  alg: 'How the authorization server signed the token.',
  typ: 'An access token (RFC 9068), not an ID token.',
  kid: "Which of the authorization server's keys verifies it.",
  iss: 'The authorization server that issued it.',
  aud: 'The one API that it is for.',
  sub: 'The user.',
  client_id: 'The client: this page.',
  scope: 'What the client may do.',
  cnf: 'The key that it is bound to, by thumbprint. This makes it a DPoP token.',
  jti: 'A name for this token.',
  iat: 'When it was issued.',
  exp: 'When it ends.',
}
