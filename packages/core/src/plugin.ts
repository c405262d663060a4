// For authors of framework plugins: the parts that every plugin needs in addition to a guard. You do not need this to use a
// plugin.
export { loggable } from './loggable-error.js'
export { type Admitted, admit } from './plugin/admit.js'
export type { Answer } from './plugin/answer.js'
export {
  type CallerCheck,
  type CallerRequirements,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
  createScopeCheck,
  createStepUpCheck,
  readCallerChecksOption,
} from './plugin/caller-checks.js'
export { recallAuth, recallOptionalAuth } from './plugin/checked-requests.js'
export { type LateHeaders, type NodeResponse, writeHeaders } from './plugin/late-headers.js'
export { answerMetadata, requireMetadata } from './plugin/metadata-answer.js'
export { type Plugin, type PluginOptions, type RejectionOptions, readPluginOptions } from './plugin/plugin-options.js'
export { type HeaderSource, type NodeRequest, receivedHeaders, receivedRequest } from './plugin/received-request.js'
export { createRejectionError, isRejectionError, type RejectionError } from './plugin/rejection-error.js'
