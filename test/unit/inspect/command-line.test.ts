import { describe, expect, test } from 'vitest'
import { run } from '../../support/inspect-scene.js'

describe('wrong use exits with 2 and a message on standard error', () => {
  test.each([
    [['a.b.c', 'd.e.f'], 'only one proof is accepted'],
    [[], 'a proof is required'],
    [['GET', 'https://api.example.com'], 'to send a request, begin with the word request'],
    [['a.b.c', '--tokn', 'x'], 'unknown option "--tokn", did you mean "--token"?'],
    [['a.b.c', '--max-ag=5'], 'unknown option "--max-ag", did you mean "--max-age"?'],
    [['a.b.c', '-url', 'x'], 'unknown option "-url", did you mean "--url"?'],
    [['a.b.c', '--frobnicate'], 'unknown option "--frobnicate", known are --method, --url,'],
    [['a.b.c', '--__proto__'], 'unknown option, which is not shown'],
    [['requst', 'GET', 'https://api.example.com', '--key', 'k'], '--key is for "dpop-inspect request"'],
    [['request', 'GET', 'https://api.example.com', '--nonce', 'n'], '--nonce is for "dpop-inspect proof"'],
    [['a.b.c', '--url'], '--url needs a value'],
    [['a.b.c', '--max-age', '-1'], 'is written --max-age=-...'],
    [['a.b.c', '--verbose=yes'], '--verbose takes no value'],
    [['a.b.c', '--now', 'yesterday'], 'or a time such as 2023-11-14T22:13:20Z'],
    [['a.b.c', '--now', '2027-01-15T08:00:00'], 'or a time such as 2023-11-14T22:13:20Z'],
    [['a.b.c', '--now', '1800000000000'], '--now is in seconds, this looks like milliseconds'],
    [['a.b.c', '--max-age', '86400'], '--max-age must be a number of seconds from 1 to 3600\n'],
    [['a.b.c', '--method', ''], '--method must be a method, such as GET'],
    [['a.b.c', '--token', ''], '--token is empty'],
    [['a.b.c', '--nonce', 'a "b"'], '--nonce must be a nonce'],
    [
      ['a.b.c', '--url', 'http://api.example.com/o?a=1'],
      'use the URL that clients call, --url https://api.example.com/o\n',
    ],
    [['a.b.c', '--url', 'http://localhost/%zz'], '--url does not follow RFC 3986: percent-encode'],
    [['a.b.c', '--algs', 'none'], '--algs must be a list of some of ES256,'],
    [['a.b.c', '--token', 'a', '--token-file', 'b'], 'not both'],
    [['a.b.c', '--token-file', '/no/such/file'], 'ENOENT'],
    [['request', 'GET'], 'the URL to send to must be a whole URL'],
    [['request', 'GET', 'orders', '--key', 'k'], 'the URL to send to must be a whole URL, such as https://'],
    [['request', 'GET', 'localhost:3000/o?a=1', '--key', 'k'], 'must be a whole URL, http://localhost:3000/o\n'],
    [['request', 'G T', 'https://api.example.com', '--key', 'k'], 'METHOD must be a method, such as GET'],
    [['request', 'TRACE', 'https://api.example.com', '--key', 'k'], 'TRACE cannot be sent'],
    [['request', 'get', 'https://api.example.com', '--key', 'k', '-d', 'x'], 'a GET request has no body'],
    [
      ['request', 'PUT', 'https://api.example.com', '--key', 'k', '-d', '@/no/such/file'],
      '--data cannot be read: no such',
    ],
    [['request', 'GET', 'https://api.example.com', '--key', '/'], '--key cannot be read: it is a directory (EISDIR)'],
    [
      ['request', 'GET', 'https://api.example.com', '--key', '/no/such/file'],
      'cannot be made: no such file or directory',
    ],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--htu', '/orders'], '--htu must be a whole URL'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '-H', 'DPoP: x'], '-H takes no proof'],
    [['request', 'GET', 'https://api.example.com'], '--key is required'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '-H', 'x'], '-H takes'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', '0'], '--timeout must be'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', '86401'], '--timeout must be'],
    [['request', 'GET', 'https://api.example.com', '--key', 'k', '--timeout', 'soon'], '--timeout must be'],
    [['request', 'GET', 'http://api.example.com', '--key', 'k'], 'the access token would go unencrypted'],
    [['a.b.c', '--\u001b'], 'unknown option, which is not shown'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/\ndpop-inspect (?:--help lists the commands|request --help lists its options)\.\n$/)
  })

  test.each([
    ['api.example.com/orders', 'https://api.example.com/orders'],
    ['API.example.com:8443/a?page=1', 'https://api.example.com:8443/a'],
    ['//api.example.com/orders', 'https://api.example.com/orders'],
    ['htps://api.example.com/orders', 'https://api.example.com/orders'],
    ['localhost:3000/orders', 'http://localhost:3000/orders'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000/'],
    ['[::1]:3000/orders', 'http://[::1]:3000/orders'],
    ['/orders.json', 'such as https://api.example.com/orders'],
    ['orders', 'such as https://api.example.com/orders'],
    ['', 'such as https://api.example.com/orders'],
    ['user:sesame@api.example.com/', 'such as https://api.example.com/orders'],
    ['sesame', 'such as https://api.example.com/orders'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.sesame', 'such as https://api.example.com/orders'],
  ])('a URL like %j is answered with its complete form', async (text, form) => {
    const { code, stderr } = await run(['a.b.c', '--url', text])
    expect([code, stderr.split('\n')[0]]).toEqual([2, `dpop-inspect: --url must be a whole URL, ${form}`])
  })

  test.each([
    [['a.b.c', '--url', 'https://user:sesame@api.example.com/']],
    [['a.b.c', '--tokenSesame']],
    [['a.b.c', '--tokn=sesame']],
    [['a.b.c', '-t1sesame']],
    [['a.b.c', '--algs', 'sesame']],
    [['a.b.c', '--now', 'sesame']],
    [['a.b.c', '--token', 'e30.e30.x', '--jwks', 'sesame']],
    [['request', 'GET', 'http://user:sesame@127.0.0.1:9/', '--key', 'k']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '--htu', 'https://user:sesame@api.example.com/']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', 'Authorization: DPoP sesame']],
    [['request', 'GET', 'http://127.0.0.1:9/', '--key', 'k', '-H', 'X-Api-Key: sesame\u0001']],
    [['request', 'PUT', 'http://127.0.0.1:9/', '--key', 'k', '-d', '@sesame']],
  ])('no secret is in the error for %j', async (args) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.toLowerCase()).not.toContain('sesame')
  })

  test('more than 1 MiB on standard input is not read', async () => {
    const { code, stderr } = await run([], { input: 'a'.repeat(1024 * 1024 + 1) })
    expect([code, stderr.split('\n')[0]]).toEqual([2, 'dpop-inspect: standard input has more than 1048576 bytes'])
  })

  test.each(['', '\n', ' \r\n'])('for an empty standard input (%j), the error says what to paste', async (input) => {
    for (const args of [[], ['proof'], ['proof', '-']]) {
      const { code, stdout, stderr } = await run(args, { input })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(
        /^dpop-inspect: a proof is required, .* Paste the value of the DPoP header.* or pipe the head/,
      )
    }
  })

  test('--help exits with 0', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('dpop-inspect request [METHOD] URL')
  })
})
