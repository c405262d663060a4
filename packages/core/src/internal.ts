// For the other packages of this repository. They depend on exactly one version of this one, because this may change in every
// release. You do not need it.

export { type IssuerKeys, inlineKeys, RemoteKeys } from './access-token/issuer-keys.js'
export { discoverEndpoint } from './access-token/issuer-metadata.js'
export { accessTokenAlgorithms, createJwtVerifier } from './access-token/jwt.js'
export { parseKeySet } from './access-token/key-set.js'
export { TimeBudget } from './access-token/time-budget.js'
export { CheckFailed, CheckUnavailable } from './check-failed.js'
export { type CompactJws, parseCompactJws } from './encoding/compact-jws.js'
export { isJsonObject, parseJsonObject } from './encoding/json.js'
export {
  conflictingOptions,
  hiddenOption,
  invalidOption,
  missingOption,
  nearest,
  readChoiceOption,
  readObjectOption,
  readSecondsOption,
} from './option-readers.js'
export { checkEmbeddedKey, type EmbeddedKey } from './proof/embedded-key.js'
export { verifySignature } from './proof/verify-signature.js'
export { isSecureUrl } from './request/target-uri.js'
