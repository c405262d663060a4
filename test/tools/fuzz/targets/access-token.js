// @ts-check
import {
  checkRequest,
  client,
  issuer,
  now,
  proof,
  resource,
  signToken,
  splitInTwo,
  tokenClaims,
  tokenHeader,
} from '../scene.js'

/** Header and claims of an access token, as JSON with an empty line between them, signed with the issuer's key. @type {import('./index.d.ts').FuzzTarget} */
export const accessToken = {
  name: 'access-token',
  share: 0.006,
  seeds: [
    `${tokenHeader}\n\n${tokenClaims}`,
    `${tokenHeader}\n\n{"iss":{"toString":1,"valueOf":1},"aud":[{}]}`,
    `{"typ":"application/at+jwt","alg":"ES256"}\n\n{"nbf":${now},${tokenClaims.slice(1)}`,
  ],
  words: [
    ...['{"toString":1,"valueOf":1}', '[[[[', ']]]]'],
    ...[
      '"typ":"at+jwt"',
      '"typ":"JWT"',
      '"typ":"dpop+jwt"',
      '"alg":"ES256"',
      '"alg":"none"',
      '"alg":"HS256"',
      '"kid":"k1"',
      '"kid":',
    ],
    ...[
      '"crit":["exp"]',
      '"b64":false',
      `"iss":"${issuer}"`,
      `"aud":"${resource}"`,
      `"aud":["${resource}"]`,
      `"exp":${now}`,
      '"nbf":',
    ],
    ...[
      `"cnf":{"jkt":"${client.jkt}"}`,
      '"cnf":{}',
      '"cnf":null',
      '"jkt":',
      '"x5t#S256":',
      '"sub":',
      '"scope":',
      ',',
      '{',
      '}',
      'null',
      '1',
    ],
  ],
  async execute(input) {
    const { first, second } = splitInTwo(input)
    const token = signToken(first, second)
    for (const credentials of [`DPoP ${token}`, `Bearer ${token}`]) {
      const fields = ['Authorization', credentials]
      await checkRequest({
        method: 'GET',
        target: '/orders',
        headers: credentials.startsWith('D') ? [...fields, 'DPoP', proof] : fields,
      })
    }
  },
}
