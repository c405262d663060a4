/** The keys and proofs of all suites. They use only node:crypto, and neither jose nor the code under test. */
export {
  accessTokenHash,
  createProofClient,
  type JsonPart,
  jwkThumbprint,
  type ProofClient,
  type ProofParts,
  type RsaOptions,
  type SignatureAlgorithm,
  signCompact,
  signingInput,
} from '@dpop-guard/testing'
export { generateSigningKey } from '../../packages/testing/src/compact-jws.js'
