// @ts-check
import { accessToken } from './access-token.js'
import { introspectionAnswer, issuerAnswers } from './answers.js'
import { authorization } from './authorization.js'
import { json } from './json.js'
import { nonce } from './nonce.js'
import { proofText, signedProof } from './proof.js'
import { request } from './request.js'
import { targetUri } from './target-uri.js'

/** Every reader of untrusted input. @type {readonly import('./index.d.ts').FuzzTarget[]} */
export const targets = [
  ...[json, targetUri, authorization, nonce],
  ...[proofText, request, signedProof, accessToken, introspectionAnswer, issuerAnswers],
]
