// @ts-check

/**
 * What a page of this origin needs to call an API (https://fetch.spec.whatwg.org/#http-cors-protocol). It stands before the
 * guard: a preflight has no credentials. The guard adds the headers of its own that the page may read.
 *
 * @param {string} allowedOrigin
 */
export const corsHeaders = (allowedOrigin) => ({
  'Access-Control-Allow-Origin': allowedOrigin,
  'Access-Control-Expose-Headers': 'Request-Id',
  Vary: 'Origin',
})

export const answerPreflight = {
  'Access-Control-Allow-Headers': 'Authorization, DPoP',
  'Access-Control-Allow-Methods': 'GET, POST, DELETE',
  'Access-Control-Max-Age': '600',
}
