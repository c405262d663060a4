import { expect, test } from 'vitest'
import { hintFor } from '../../../../packages/inspect/src/audit/hint.js'

const answer = (status: number, ...fields: string[]) => ({
  status,
  statusText: '',
  fields,
  body: Buffer.of(),
  cut: false,
})

test.each([
  [101, /opens a WebSocket.*audit another route.*docs\/websockets\.md/],
  [426, /opens a WebSocket/],
  [404, /the path may not be that of a route/],
  [405, /-X POST/],
  [301, /audit the URL that Location names/],
  [308, /audit the URL that Location names/],
  [403, /--scope/],
  [429, /--rate/],
])('for %i, it says what to change', (status, message) => {
  expect(hintFor(answer(status))).toMatch(message)
})

test('for a token that the server rejects, it names the token; for another 401, the challenge', () => {
  const challenge = (error: string) => answer(401, 'WWW-Authenticate', `DPoP error="${error}"`)
  expect(hintFor(challenge('invalid_token'))).toMatch(/access token: compare its issuer, its audience and its key/)
  expect(hintFor(challenge('invalid_dpop_proof'))).toMatch(/the challenge says what is missing/)
})

test('without an answer, it asks for the server; for an unknown status, there is none', () => {
  expect(hintFor(undefined)).toMatch(/whether the server runs/)
  expect(hintFor(answer(299))).toBeUndefined()
})
