// @ts-check
// A validator of requests. Its input is made before the measurement.

/** @typedef {import('../support/presentations.js').Request} Request */
/** @typedef {import('../support/presentations.js').Presentation} Presentation */

/**
 * @template Input
 * @typedef {object} Peer
 * @property {string} name
 * @property {(request: Request) => Input} read Makes its input, as its framework would.
 * @property {(input: Input) => Promise<boolean>} accepts
 * @property {{ nonces: string, keys: string, tokens: string }} facts Facts that a single request cannot show.
 */

/** Like Node's `req.headers`, for fields that occur once. @param {readonly string[]} list */
export function readHeaders(list) {
  /** @type {Record<string, string>} */
  const headers = {}
  for (let index = 0; index < list.length; index += 2) headers[list[index]?.toLowerCase() ?? ''] = list[index + 1] ?? ''
  return headers
}
