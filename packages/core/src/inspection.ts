// For tools that explain a request: steps of the guard, one at a time, so that a tool keeps no copy of them. You do not need it to
// use a guard. It may change in every release, so depend on exactly one version.

export { type IssuerKeys, inlineKeys, RemoteKeys } from './access-token/issuer-keys.js'
export { accessTokenAlgorithms, createJwtVerifier } from './access-token/jwt.js'
export { readKeySet } from './access-token/key-set.js'
export { CheckFailed, CheckUnavailable } from './check-failed.js'
export { type CompactJws, parseCompactJws } from './encoding/compact-jws.js'
export { isJsonObject, parseJsonObject } from './encoding/json.js'
export { checkEmbeddedKey, type EmbeddedKey } from './proof/embedded-key.js'
export { verifySignature } from './proof/verify-signature.js'
export { isSecureUrl } from './request/target-uri.js'
