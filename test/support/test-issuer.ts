/** The issuer of all suites, with the server that can misbehave. */
export {
  createTokenIssuer as createTestIssuer,
  type IssuerBehaviour,
  type IssuerServer,
  type IssuerServerOptions,
  type MintOptions,
  startIssuerServer,
  type TokenIssuer as TestIssuer,
} from '@dpop-guard/testing'
