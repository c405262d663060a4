export { type JsonPart, type RsaOptions, type SignatureAlgorithm, signCompact, signingInput } from './compact-jws.js'
export {
  type IssuerBehaviour,
  type IssuerServer,
  type IssuerServerOptions,
  startIssuerServer,
} from './issuer-server.js'
export type { Jwk } from './jwk.js'
export type { TestResponse } from './nonce-memory.js'
export {
  accessTokenHash,
  createProofClient,
  jwkThumbprint,
  type ProofClient,
  type ProofClientOptions,
  type ProofParts,
  proofClientOf,
} from './proof-client.js'
export type {
  CredentialHeaders,
  InvalidRequestChoice,
  RepeatableHeaders,
  TestClient,
  TestFetchOptions,
  TestRequest,
} from './test-client.js'
export {
  createTestIssuer,
  type ServedTestIssuer,
  type TestClientOptions,
  type TestIssuer,
  type TestIssuerOptions,
} from './test-issuer.js'
export { createTokenIssuer, type MintOptions, type TokenIssuer, type TokenIssuerOptions } from './token-issuer.js'
