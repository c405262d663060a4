import type { WireAnswer } from '@dpop-guard/testing/internal'
import { errorOf } from './answer-checks.js'

const otherRoute =
  'the path may not be that of a route of this API: audit a URL that answers 2xx to a client with a token'

const redirect =
  'an audit does not follow redirects: audit the URL that Location names, or add --htu if clients call another one'

const webSocket =
  'the URL opens a WebSocket, and an audit needs answers of HTTP: audit another route behind the same guard. "WebSockets" in the docs of @dpop-guard/core (docs/websockets.md) says how to check the request that opens one'

const hints: Readonly<Record<number, string>> = {
  101: webSocket,
  301: redirect,
  302: redirect,
  303: redirect,
  307: redirect,
  308: redirect,
  400: 'the route may need a body or other fields: -d, -H',
  401: 'the challenge says what is missing. To see it explained, send the same request with "dpop-inspect request"',
  403: 'the token may not have the scopes of this route: add --scope, or use another token',
  404: otherRoute,
  405: 'the route has another method: -X POST -d @body.json, for example',
  410: otherRoute,
  415: 'the body needs its type: -H "Content-Type: application/json"',
  426: webSocket,
  429: 'the server limits the rate: a lower --rate, or no limit for this audit',
  503: "the API may not reach its issuer or its replay store, or is not ready: see the API's own log",
}

/** What the user may change, if the server rejects even a valid request. A sentence without any part of the answer. */
export function hintFor(answer: WireAnswer | undefined): string | undefined {
  if (answer === undefined) return 'look whether the server runs, and listens at this URL'
  if (errorOf(answer) === 'invalid_token') {
    return 'the API does not accept the access token: compare its issuer, its audience and its key with the configuration of the API'
  }
  return hints[answer.status]
}
