// @ts-check

/**
 * The CORS headers that let a page of this origin call an API (https://fetch.spec.whatwg.org/#http-cors-protocol). Use them before
 * the guard, because a preflight has no credentials. The guard adds the names of its own headers.
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
