import { expect, test } from 'vitest'
import { writeCurl } from '../../../../packages/inspect/src/audit/curl.js'
import { createRedaction } from '../../../../packages/inspect/src/audit/redaction.js'

const nothing = { fields: [], query: '', body: Buffer.of() }
const token = `${'h'.repeat(20)}.${'c'.repeat(40)}.${'s'.repeat(40)}`

test('a token is hidden as a whole and in its parts, and a short opaque one too', () => {
  const redaction = createRedaction('hidden', nothing)
  redaction.hide(token)
  expect(redaction.text(`DPoP ${token}`)).toBe('DPoP $TOKEN')
  expect(redaction.text(token.replaceAll('.', '=.'))).toBe(`${'h'.repeat(20)}=.$CLAIMS=.$SIGNATURE`)
  redaction.hide('opaque7')
  expect(redaction.text('DPoP opaque7')).toBe('DPoP $TOKEN')
})

test('a token that was changed has a mark of its own', () => {
  const redaction = createRedaction('hidden', nothing)
  redaction.hide(token)
  redaction.hide(`${token}x`, 'changed')
  expect(redaction.text(`${token}x ${token}`)).toBe('$CHANGED_TOKEN $TOKEN')
})

test('fields of the user, cookies of the server and accepted bodies are hidden', () => {
  const redaction = createRedaction('hidden', { ...nothing, fields: ['X-Api-Key', 'secret'] })
  expect(redaction.request('x-api-key', 'secret')).toBe('(hidden)')
  expect(redaction.answer('Set-Cookie', 'id=1')).toBe('(hidden)')
  expect(redaction.acceptedBody(Buffer.from('data'))).toBe('(hidden)')
})

test('the query of the user is hidden in requests, and in what a server repeats of it', () => {
  const redaction = createRedaction('hidden', { ...nothing, query: 'api_key=k%65y%20and%20more&page=12' })
  expect(redaction.text('/orders?api_key=k%65y%20and%20more&page=12&other=1')).toBe('/orders?$QUERY&other=1')
  expect(redaction.text('/orders?access_token=x&page=12')).toBe('/orders?access_token=x&page=12')
  expect(redaction.answer('Location', '/login?from=/orders?api_key=k%65y%20and%20more&page=12')).toBe(
    '/login?from=/orders?$QUERY',
  )
  expect(redaction.answerText('no page 12 for key and more, k%65y%20and%20more')).toBe(
    'no page 12 for (hidden), (hidden)',
  )
})

test('a value of the user is hidden where an answer repeats it, as a whole or in part', () => {
  const fields = [
    'Cookie',
    'sid=c00kie-1; theme=dark',
    'Authorization',
    'Basic dXNlcjpwYXNz',
    'Content-Type',
    'text/plain',
  ]
  const ofFields = createRedaction('hidden', { ...nothing, fields })
  expect(ofFields.answerText('{"cookies":{"sid":"c00kie-1"}}')).toBe('{"cookies":{"sid":"(hidden)"}}')
  expect(ofFields.answer('X-Echo', 'sid=c00kie-1; theme=dark, Basic dXNlcjpwYXNz')).toBe('(hidden), (hidden)')
  expect(ofFields.answer('Content-Type', 'text/plain')).toBe('text/plain')

  const json = Buffer.from('{"user":{"password":"hunter-2"},"cards":[4111111111111111]}')
  const ofJson = createRedaction('hidden', { ...nothing, body: json })
  expect(ofJson.answerText('hunter-2 is too short, 4111111111111111 is no card')).toBe(
    '(hidden) is too short, (hidden) is no card',
  )
  expect(ofJson.answerText(`invalid: ${json}`)).toBe('invalid: (hidden)')

  const ofForm = createRedaction('hidden', { ...nothing, body: Buffer.from('user=a&password=hunter%202') })
  expect(ofForm.answerText('no hunter 2, no hunter%202')).toBe('no (hidden), no (hidden)')
})

test('a secret is also hidden in the form of a URL, of JSON and of HTML', () => {
  const redaction = createRedaction('hidden', { ...nothing, body: Buffer.from('{"a":"it is \\"<x>\\ud800"}') })
  redaction.hide('opaque/token+1==')
  expect(redaction.answer('Location', '/login?token=opaque%2Ftoken%2B1%3D%3D')).toBe('/login?token=$TOKEN')
  expect(redaction.answerText('{"token":"opaque\\/token+1=="}')).toBe('{"token":"$TOKEN"}')
  expect(redaction.answerText('{"got":"it is \\"<x>\\ud800"}')).toBe('{"got":"(hidden)"}')
  expect(redaction.answerText('<p>it is &quot;&lt;x&gt;\ufffd')).toBe('<p>(hidden)')
})

test('the body of the user is hidden, and that of an invalid request is not', () => {
  const redaction = createRedaction('hidden', { ...nothing, body: Buffer.from('{"password":"x"}') })
  expect(redaction.requestBody(Buffer.from('{"password":"x"}'))).toBe('$BODY')
  expect(redaction.requestBody(Buffer.from('access_token=x'))).toBe('access_token=x')
})

test('nothing is hidden if secrets are shown', () => {
  const redaction = createRedaction('shown', { ...nothing, fields: ['X-Api-Key', 'secret'] })
  redaction.hide(token)
  expect([redaction.text(token), redaction.request('X-Api-Key', 'a')]).toEqual([token, 'a'])
})

test('curl quotes every value for the shell, and leaves marks to it', () => {
  const redaction = createRedaction('hidden', nothing)
  redaction.hide(token)
  const curl = writeCurl(
    {
      url: 'http://127.0.0.1:3000/orders',
      method: 'GET',
      target: '/orders?a=$(id)',
      fields: ['Authorization', `DPoP ${token}`, 'X-A', `it's\x1b[2J`, 'X-B', '', 'Host', '127.0.0.1:3000'],
      body: Buffer.from(''),
    },
    redaction,
  )
  expect(curl).toBe(
    'curl -sSi --http1.1 --path-as-is -X GET -H User-Agent: -H Accept: ' +
      `-H 'Authorization: DPoP '"$TOKEN" -H $'X-A: it\\'s\\x1b[2J' -H 'X-B;' 'http://127.0.0.1:3000/orders?a=$(id)'`,
  )
})

test('curl has marks for the query and the body of the user', () => {
  const body = Buffer.from('a secret')
  const request = {
    url: 'http://127.0.0.1:3000/a?k=secret',
    method: 'POST',
    target: '/a?k=secret&other=1',
    fields: [],
    body,
  }
  expect(writeCurl(request, createRedaction('hidden', { fields: [], query: 'k=secret', body }))).toMatch(
    /-X POST .* --data-raw "\$BODY" 'http:\/\/127\.0\.0\.1:3000\/a\?'"\$QUERY"'&other=1'$/,
  )
})

test('curl sends the body alone: no file that it may name, and no type of its own', () => {
  const request = { url: 'http://127.0.0.1:3000/', method: 'POST', target: '/', body: Buffer.from('@/etc/hostname') }
  const redaction = createRedaction('shown', nothing)
  expect(writeCurl({ ...request, fields: [] }, redaction)).toContain(' -H Content-Type: --data-raw @/etc/hostname ')
  const typed = writeCurl({ ...request, fields: ['content-type', 'text/plain'] }, redaction)
  expect(typed).toContain(" -H 'content-type: text/plain' --data-raw @/etc/hostname ")
})

test('curl sends a target that is no path as it is', () => {
  const request = {
    url: 'http://127.0.0.1:3000/',
    method: 'GET',
    target: 'http://a.example/x',
    fields: [],
    body: Buffer.of(),
  }
  expect(writeCurl(request, createRedaction('hidden', nothing))).toMatch(
    /--request-target http:\/\/a\.example\/x http:\/\/127\.0\.0\.1:3000\/$/,
  )
})
