/** The strict reader of `WWW-Authenticate` with which `dpop-inspect audit` judges servers. */
export {
  assertRfc6750Params,
  type Challenge,
  parseChallenges,
} from '../../packages/inspect/src/audit/challenge-parser.js'
