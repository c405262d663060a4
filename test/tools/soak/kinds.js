// @ts-check
// The kinds of requests, and the allowed answers. `claims`: the request reaches the replay store, so it is 503 while that is down.

/** @typedef {keyof typeof kinds} Kind */
/** @typedef {number | 'closed' | 'aborted'} Outcome Of the server, of the client. */
/** @typedef {{ outcomes: readonly Outcome[], claims?: true }} Allowance */

export const kinds = /** @type {const} */ ({
  newcomer: { outcomes: [200] },
  'first use': { outcomes: [200], claims: true },
  'first use, byte by byte': { outcomes: [200], claims: true },
  'first use, cut off in the answer': { outcomes: [200], claims: true },
  'used again': { outcomes: [401], claims: true },
  'used again elsewhere': { outcomes: [401], claims: true },
  'used again much later': { outcomes: [401], claims: true },
  'used many times at once': { outcomes: [200, 401], claims: true },
  'used after a 503': { outcomes: [200, 401], claims: true },
  'used after an abort': { outcomes: [200, 401], claims: true },
  'pipelined, twice the same': { outcomes: [200, 401], claims: true },
  'pipelined, malformed': { outcomes: [401] },
  'nonce missing or old': { outcomes: [401] },
  'unknown key': { outcomes: [401] },
  'withdrawn key': { outcomes: [401] },
  'malformed bytes': { outcomes: [400, 401] },
  'malformed parts': { outcomes: [401] },
  // Express's router answers a target without a path, such as `//a#b`, with 404, before any middleware and route.
  'malformed request': { outcomes: [400, 401, 404] },
  'proof too long': { outcomes: [401] },
  "over Node's header limit": { outcomes: [431, 'closed'] },
  aborted: { outcomes: ['aborted'] },
})
