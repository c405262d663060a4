import { describe, expect, test } from 'vitest'
import { assertRfc6750Params, parseChallenges } from './challenge-parser.js'

/** As plain data, so that a failure shows the whole difference. */
const read = (line: string) =>
  parseChallenges(line).map(({ scheme, token68, params }) => [
    scheme,
    ...(token68 === undefined ? [] : [token68]),
    Object.fromEntries(params),
  ])

describe('the figures of RFC 9449', () => {
  test.each([
    ['Figure 15', 'DPoP algs="ES256 PS256"', [['DPoP', { algs: 'ES256 PS256' }]]],
    [
      'Figure 16',
      'DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"',
      [['DPoP', { error: 'invalid_token', error_description: 'Invalid DPoP key binding', algs: 'ES256' }]],
    ],
    [
      'Figure 17',
      'Bearer, DPoP algs="ES256 PS256"',
      [
        ['Bearer', {}],
        ['DPoP', { algs: 'ES256 PS256' }],
      ],
    ],
    [
      'Figure 18',
      'Bearer error="invalid_token", error_description="Invalid token", DPoP algs="ES256 PS256"',
      [
        ['Bearer', { error: 'invalid_token', error_description: 'Invalid token' }],
        ['DPoP', { algs: 'ES256 PS256' }],
      ],
    ],
    [
      'Figure 19',
      'Bearer error="invalid_request", error_description="Multiple methods used to include access token", ' +
        'DPoP algs="ES256 PS256", error="invalid_request", ' +
        'error_description="Multiple methods used to include access token"',
      [
        ['Bearer', { error: 'invalid_request', error_description: 'Multiple methods used to include access token' }],
        [
          'DPoP',
          {
            algs: 'ES256 PS256',
            error: 'invalid_request',
            error_description: 'Multiple methods used to include access token',
          },
        ],
      ],
    ],
    [
      'Figure 24',
      'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"',
      [['DPoP', { error: 'use_dpop_nonce', error_description: 'Resource server requires nonce in DPoP proof' }]],
    ],
  ])('%s is read', (_figure, line, expected) => {
    expect(read(line)).toEqual(expected)
  })
})

describe('the parser accepts', () => {
  test.each([
    ['a scheme alone', 'Negotiate', [['Negotiate', {}]]],
    [
      'schemes alone',
      'A, B ,\tC',
      [
        ['A', {}],
        ['B', {}],
        ['C', {}],
      ],
    ],
    [
      'a space and a tab before the comma',
      'A \t, B',
      [
        ['A', {}],
        ['B', {}],
      ],
    ],
    ['several spaces behind a scheme', 'A   b=c', [['A', { b: 'c' }]]],
    ['token68', 'A b64==', [['A', 'b64==', {}]]],
    [
      'token68 that looks like a token',
      'A abc, B',
      [
        ['A', 'abc', {}],
        ['B', {}],
      ],
    ],
    [
      'token68 that ends like a name without a value',
      'A b=, C d=e',
      [
        ['A', 'b=', {}],
        ['C', { d: 'e' }],
      ],
    ],
    ['bad white space around "="', 'A b \t=\t "c"', [['A', { b: 'c' }]]],
    [
      'no white space around commas',
      'A b=c,d=e,F g=h',
      [
        ['A', { b: 'c', d: 'e' }],
        ['F', { g: 'h' }],
      ],
    ],
    ['a quoted comma', 'A b="x, C d=e"', [['A', { b: 'x, C d=e' }]]],
    ['quoted pairs', 'A b="\\"\\\\\\c"', [['A', { b: '"\\c' }]]],
    ['an empty quoted-string', 'A b=""', [['A', { b: '' }]]],
    ['obs-text', 'A b="\xe9"', [['A', { b: '\xe9' }]]],
    ['names in any case', 'A ReAlM="x"', [['A', { realm: 'x' }]]],
    [
      'one name in two challenges',
      'A b=c, D b=e',
      [
        ['A', { b: 'c' }],
        ['D', { b: 'e' }],
      ],
    ],
    [
      'a repeated scheme',
      'A, A',
      [
        ['A', {}],
        ['A', {}],
      ],
    ],
  ])('%s', (_name, line, expected) => {
    expect(read(line)).toEqual(expected)
  })
})

describe('violations', () => {
  test.each([
    ['an empty line', '', 'expected an auth-scheme at position 0'],
    ['leading white space', ' A', 'expected an auth-scheme at position 0'],
    ['trailing white space', 'A b=c  ', 'white space at position 5'],
    ['a tab behind the scheme', 'A\tb=c', 'expected a space or a comma at position 1'],
    ['a parameter without a scheme', 'a="b"', 'expected a space or a comma at position 1'],
    ['an empty list element', 'A,, B', 'expected an auth-scheme at position 2'],
    ['a trailing comma', 'A b=c,', 'expected an auth-scheme at position 6'],
    ['a comma between scheme and parameters', 'A, b=c', 'expected a space or a comma at position 4'],
    ['parameters without a comma', 'A b=c d=e', 'expected a comma at position 5'],
    ['a parameter behind token68', 'A b==, c=d', 'expected a space or a comma at position 8'],
    ['a name without a value', 'A b="c", d=', 'expected a token or a quoted-string at position 11'],
    ['a value that is no token', 'A b=c/d', 'expected a comma at position 5'],
    ['an open quoted-string', 'A b="c', 'expected a token or a quoted-string at position 4'],
    ['a quoted-string that ends in an escape', 'A b="c\\"', 'expected a token or a quoted-string at position 4'],
    ['text behind a quoted-string', 'A b="c"d', 'expected a comma at position 7'],
    ['a control character', 'A b="\x01"', 'expected a token or a quoted-string at position 4'],
    ['a line break', 'A b="x\r\ny"', 'expected a token or a quoted-string at position 4'],
    ['a character above latin1', 'A b="\u0100"', 'expected a token or a quoted-string at position 4'],
    ['a repeated name', 'A b=c, d=e, B=f', 'repeated parameter "b" at position 12'],
    ['realm as a token', 'A realm=x', 'expected a quoted-string at position 8'],
    ['a scheme that is no token', '"A" b=c', 'expected an auth-scheme at position 0'],
  ])('%s is an error', (_name, line, message) => {
    expect(() => parseChallenges(line)).toThrow(`${message} of `)
  })
})

describe('RFC 6750 parameters', () => {
  const check = (line: string) => () => parseChallenges(line).forEach(assertRfc6750Params)

  test('are accepted within their character sets', () => {
    const line =
      'Bearer realm="\xe9", scope="a:b c!", error="x y", error_description="It\'s [~]", error_uri="https://a"'
    expect(check(line)).not.toThrow()
    expect(check('DPoP')).not.toThrow()
  })

  test.each([
    ['Bearer', 'at least one auth-param'],
    ['bearer abc', 'at least one auth-param'],
    ['DPoP scope="a\\"b"', 'malformed scope'],
    ['DPoP scope="a\\\\b"', 'malformed scope'],
    ['DPoP scope="a  b"', 'malformed scope'],
    ['DPoP scope=" a"', 'malformed scope'],
    ['DPoP scope=""', 'malformed scope'],
    ['DPoP error="\\"x"', 'malformed error '],
    ['DPoP error="\t"', 'malformed error '],
    ['DPoP error_description="caf\xe9"', 'malformed error_description'],
    ['DPoP error_description="\\\\"', 'malformed error_description'],
    ['DPoP error_uri="https://a b"', 'malformed error_uri'],
  ])('%s is an error', (line, message) => {
    expect(check(line)).toThrow(message)
  })
})
