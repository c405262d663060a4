import type { Row } from '../row.js'
import { accessToken } from './access-token.js'
import { authorizationShape } from './authorization-shape.js'
import { bearerMode } from './bearer-mode.js'
import { binding } from './binding.js'
import { cors } from './cors.js'
import { host } from './host.js'
import { infrastructure } from './infrastructure.js'
import { optionalCredentials } from './optional-credentials.js'
import { precedence } from './precedence.js'
import { proofClaims } from './proof-claims.js'
import { proofHeader } from './proof-header.js'
import { proofKey } from './proof-key.js'
import { proofShape } from './proof-shape.js'
import { proofTarget } from './proof-target.js'
import { proofTime } from './proof-time.js'
import { publicUrl } from './public-url.js'
import { queryAndForm } from './query-and-form.js'
import { replay } from './replay.js'
import { requestTarget } from './request-target.js'
import { scopes } from './scopes.js'

/** The table, by what is attacked. */
export const topics: Record<string, readonly Row[]> = {
  'shape of Authorization': authorizationShape,
  'tokens in query and form': queryAndForm,
  'shape of the proof': proofShape,
  'header of the proof': proofHeader,
  'key and signature of the proof': proofKey,
  'claims of the proof': proofClaims,
  'htu of the proof': proofTarget,
  'time of the proof': proofTime,
  replay,
  'access token': accessToken,
  'key binding': binding,
  Bearer: bearerMode,
  scopes,
  'request target': requestTarget,
  Host: host,
  'public URL': publicUrl,
  infrastructure,
  'optional credentials': optionalCredentials,
  CORS: cors,
  'several faults at once': precedence,
}
