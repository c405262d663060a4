// @ts-check
// A validator that a request can be given to. What it reads is made outside of what is measured.

/** @typedef {import('../support/presentations.js').Request} Request */
/** @typedef {import('../support/presentations.js').Presentation} Presentation */

/**
 * @template Input
 * @typedef {object} Peer
 * @property {string} name
 * @property {(request: Request) => Input} read What the frameworks it is for would give it.
 * @property {(input: Input) => Promise<boolean>} accepts
 * @property {{ nonces: string, keys: string, tokens: string }} facts What no single request can show.
 */

/** As Node's `req.headers`, of names that come once. @param {readonly string[]} list */
export function readHeaders(list) {
  /** @type {Record<string, string>} */
  const headers = {}
  for (let index = 0; index < list.length; index += 2) headers[list[index]?.toLowerCase() ?? ''] = list[index + 1] ?? ''
  return headers
}
