// @ts-check

/**
 * A request as a string: method and target in the first line, a header field in every other line. It looks like HTTP/1.1, but may
 * be malformed.
 *
 * @param {string} input
 */
export function readRequest(input) {
  const [first = '', ...lines] = input.split('\n')
  const space = first.indexOf(' ')
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)]
  })
  return { method: first.slice(0, space), target: first.slice(space + 1), headers }
}

/** Names and values of fields that matter to the guard. */
export const fieldWords = [
  ...[
    'Authorization',
    'authorization:',
    'DPoP',
    'dpop:',
    'Host:',
    'Origin:',
    'Content-Type:',
    ':authority:',
    'Cookie:',
  ],
  ...['Authorization: DPoP ', 'Authorization: Bearer ', 'DPoP ', 'Bearer ', 'dpop', 'Basic ', '\nDPoP: ', '\nHost: '],
  ...[
    'api.example.com',
    '[::1]:80',
    'application/x-www-form-urlencoded',
    'access_token',
    '?access_token=x',
    ', ',
    '\n',
  ],
]
