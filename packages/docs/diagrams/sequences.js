// @ts-check
/** @typedef {import('./sequence.js').Sequence} Sequence */

/** @type {Readonly<Record<string, Sequence>>} The diagrams by the name of their file. */
export const sequences = {
  'token-and-call': {
    title: 'A client gets a token that is bound to its key, and calls an API. A stolen token is useless.',
    actors: ['Client, with a key', 'Authorization server', 'Your API', 'Attacker'],
    steps: [
      { from: 0, to: 1, text: 'wants a token', detail: 'DPoP: <a proof>' },
      { from: 1, to: 0, text: 'a token bound to the key', detail: 'cnf.jkt: its thumbprint' },
      { from: 0, to: 2, text: 'the token, with a new proof for this request', detail: 'htm, htu, iat, jti, ath' },
      { at: 2, note: 'dpop-guard checks both' },
      { from: 2, to: 0, text: '200', kind: 'good' },
      { at: 3, note: 'steals the token' },
      { from: 3, to: 2, text: 'the token, no key', kind: 'bad' },
      { from: 2, to: 3, text: '401', kind: 'bad' },
    ],
  },
  nonce: {
    title: 'A client without a nonce gets one with 401, and its retry passes.',
    actors: ['Client', 'Your API'],
    steps: [
      { from: 0, to: 1, text: 'token and proof without a nonce' },
      { from: 1, to: 0, text: '401 use_dpop_nonce', detail: 'DPoP-Nonce: N1', kind: 'bad' },
      { from: 0, to: 1, text: 'the same request, with a new proof', detail: 'nonce: N1' },
      { from: 1, to: 0, text: '200', kind: 'good' },
      { at: 1, note: 'a minute later, N2 is the newest' },
      { from: 0, to: 1, text: 'the next request', detail: 'nonce: N1' },
      { from: 1, to: 0, text: '200, with the next nonce', detail: 'DPoP-Nonce: N2', kind: 'good' },
    ],
  },
  replay: {
    title: 'The replay store remembers each proof until it is too old. A second use of a proof is rejected.',
    actors: ['Client or attacker', 'Your API', 'Replay store'],
    steps: [
      { from: 0, to: 1, text: 'token and proof', detail: 'jti: J1' },
      { at: 1, note: 'every other check passes' },
      { from: 1, to: 2, text: 'addIfAbsent(key and J1)' },
      { from: 2, to: 1, text: 'true: it was absent' },
      { from: 1, to: 0, text: '200', kind: 'good' },
      { from: 0, to: 1, text: 'the same proof again', detail: 'jti: J1', kind: 'bad' },
      { from: 1, to: 2, text: 'addIfAbsent(key and J1)' },
      { from: 2, to: 1, text: 'false: it is there' },
      { from: 1, to: 0, text: '401 invalid_dpop_proof', kind: 'bad' },
    ],
  },
  proxy: {
    title: 'A proof names the public URL. The guard compares it with the URL in its options, not with the Host field.',
    actors: ['Client', 'Proxy', 'Your API'],
    steps: [
      { from: 0, to: 1, text: 'calls the public URL', detail: 'htu: https://api.example.com/svc1/orders' },
      { at: 1, note: 'ends TLS, and strips /svc1' },
      { from: 1, to: 2, text: 'forwards it', detail: 'GET /orders' },
      { at: 2, note: "publicUrl: 'https://api.example.com/svc1'" },
      { from: 2, to: 0, text: '200: publicUrl and the path are the htu', kind: 'good' },
    ],
  },
}
