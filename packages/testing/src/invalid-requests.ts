// Requests that are invalid on purpose: by name, and of your own.
export {
  type ExpectedRejection,
  type InvalidRequest,
  type InvalidRequestTraits,
  mutationsOf,
} from './invalid-requests/invalid-request.js'
export {
  type Draft,
  type FieldValues,
  type Mutation,
  tokenOf,
  type ValidRequest,
  writeFields,
} from './invalid-requests/mutation.js'
export { type Setting, type SettingName, settings } from './invalid-requests/setting.js'
export { conditionalInvalidRequests, invalidRequest, invalidRequests } from './invalid-requests/table.js'
