// For the other packages of this repository. They depend on exactly one version of this one, because this may change in every
// release. You do not need it.

export { KeyKindMissing } from './invalid-requests/key-kind.js'
export { targetOf } from './invalid-requests/mutation.js'
export { exchangeOverWire, type WireAnswer, type WireLimits, type WireRequest } from './wire.js'
