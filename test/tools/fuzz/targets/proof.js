// @ts-check
import {
  accessToken,
  ath,
  checkRequest,
  client,
  nonce,
  now,
  proof,
  proofClaims,
  proofHeader,
  resource,
  signProof,
  splitInTwo,
} from '../scene.js'

/** @param {string} text */
const send = (text) =>
  checkRequest({ method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', text] })

/** The value of the DPoP field. @type {import('./index.d.ts').FuzzTarget} */
export const proofText = {
  name: 'proof-text',
  share: 0.08,
  seeds: [proof, 'a.b.c', `${Buffer.from(proofHeader).toString('base64url')}.e30.AAAA`],
  words: [...['.', '=', '-', '_', '+', 'A', 'e30', 'e30.e30.', 'eyJhIjoxfQ'], ...proof.split('.'), proof],
  execute: send,
}

/** Header and claims of a proof, as JSON with an empty line between them, signed with the client's key. @type {import('./index.d.ts').FuzzTarget} */
export const signedProof = {
  name: 'signed-proof',
  share: 0.012,
  seeds: [
    `${proofHeader}\n\n${proofClaims}`,
    `{"jwk":${JSON.stringify(client.jwk)},"alg":"ES256","typ":"dpop+jwt","x":[]}\n\n{"exp":${now},"nbf":0,${proofClaims.slice(1)}`,
  ],
  words: [
    ...[
      '"typ":"dpop+jwt"',
      '"alg":"ES256"',
      '"alg":"PS256"',
      '"alg":"Ed25519"',
      '"alg":"none"',
      '"crit":["exp"]',
      '"b64":true',
    ],
    ...[
      `"jwk":${JSON.stringify(client.jwk)}`,
      '"kty":"RSA"',
      '"kty":"OKP"',
      '"crv":"Ed25519"',
      '"n":"AQAB"',
      '"e":"AQAB"',
    ],
    ...[
      '"d":"AA"',
      '"use":"enc"',
      '"key_ops":["verify"]',
      '"exp":',
      '"nbf":',
      '"iat":',
      '"jti":',
      '"htm":"GET"',
      `${now}`,
    ],
    ...[
      `"htu":"${resource}/orders"`,
      `"ath":"${ath}"`,
      `"nonce":"${nonce}"`,
      ',',
      '{',
      '}',
      'null',
      '""',
      '[[[[[[[[[[',
      '"__proto__":',
    ],
  ],
  execute(input) {
    const { first, second } = splitInTwo(input)
    return send(signProof(first, second))
  },
}
