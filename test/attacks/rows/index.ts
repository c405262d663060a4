import type { Row } from '../row.js'
import { accessToken } from './access-token.js'
import { adaptive } from './adaptive.js'
import { authority } from './authority.js'
import { authorizationShape } from './authorization-shape.js'
import { bearerMode } from './bearer-mode.js'
import { binding } from './binding.js'
import { caller } from './caller.js'
import { certificates } from './certificates.js'
import { cors } from './cors.js'
import { host } from './host.js'
import { infrastructure } from './infrastructure.js'
import { introspection } from './introspection.js'
import { namedRows } from './invalid-requests.js'
import { metadata } from './metadata.js'
import { mlDsa } from './ml-dsa.js'
import { nonces } from './nonces.js'
import { optionalCredentials } from './optional-credentials.js'
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
import { revocation } from './revocation.js'
import { scopes } from './scopes.js'
import { statusListRows } from './status-lists.js'
import { stepUp } from './step-up.js'
import { strictClaims } from './strict-claims.js'
import { tenants } from './tenants.js'
import { tokenDirectory } from './token-directory.js'

/** The table, by what is attacked. */
export const topics: Record<string, readonly Row[]> = {
  'named invalid requests': namedRows,
  'shape of Authorization': authorizationShape,
  'tokens in query and form': queryAndForm,
  'shape of the proof': proofShape,
  'header of the proof': proofHeader,
  'key and signature of the proof': proofKey,
  'claims of the proof': proofClaims,
  'htu of the proof': proofTarget,
  'time of the proof': proofTime,
  replay,
  nonces,
  'adaptive freshness': adaptive,
  'access token': accessToken,
  'required claims and algorithms of the access token': strictClaims,
  'access tokens that a function knows': tokenDirectory,
  introspection,
  revocation,
  'token status lists': statusListRows,
  'key binding': binding,
  certificates,
  Bearer: bearerMode,
  scopes,
  'requirements of a route': caller,
  'step-up': stepUp,
  metadata,
  'request target': requestTarget,
  Host: host,
  ':authority': authority,
  'public URL': publicUrl,
  'issuers of tenants': tenants,
  infrastructure,
  'optional credentials': optionalCredentials,
  CORS: cors,
  'ML-DSA': mlDsa,
}
