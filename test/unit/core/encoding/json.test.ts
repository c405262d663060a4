// How much JSON a token or a proof may hold. JSON.parse takes long for many small values, and they are not yet authentic.
import { expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`member-${at}`, at]))
const groups = (count: number) => Array.from({ length: count }, (_, at) => `group-${at}-of-the-directory`)
const clients = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`client-${at}-of-the-realm`, { roles: ['view', 'edit'] }]),
  )

/** The verdict for a request whose access token has these claims too. */
function askWithToken(claims: Record<string, unknown>): Promise<string> {
  const { guard, request, issuer, client } = createScene()
  return outcome(guard, request({ accessToken: issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }) }))
}

test.each([
  ['1 200 groups', { groups: groups(1200) }],
  ['roles for 140 clients', { resource_access: clients(140) }],
  ['350 claims', members(350)],
  ['a string of escapes', { name: '\n'.repeat(3500) }],
  ['1 600 groups, because it is longer than 16 KB', { groups: groups(1600) }],
])('an access token with %s is read', async (_, claims) => {
  expect(await askWithToken(claims)).toBe('accepted')
})

test.each([
  ['2 000 numbers', { numbers: Array.from({ length: 2000 }, () => 1) }],
  ['1 000 empty lists', { lists: Array.from({ length: 1000 }, () => []) }],
  ['500 claims', members(500)],
  ['a long string of escapes', { name: '\n'.repeat(10_000) }],
])('an access token with %s is malformed', async (_, claims) => {
  expect(await askWithToken(claims)).toBe('401 token_malformed')
})

test('a header of an access token may have fewer members than its claims', async () => {
  const { guard, request, issuer, client } = createScene()
  const mint = (header: Record<string, unknown>) =>
    request({ accessToken: issuer.mint({ now, cnf: { jkt: client.jkt } }, { header }) })
  expect(await outcome(guard, mint({ x5c: ['A'.repeat(2000), 'A'.repeat(2000)], ...members(20) }))).toBe('accepted')
  expect(await outcome(guard, mint(members(100)))).toBe('401 token_malformed')
})

test('a proof may have tens of additional members, not hundreds', async () => {
  const { guard, request } = createScene()
  expect(await outcome(guard, request({ proof: { claims: members(30) } }))).toBe('accepted')
  expect(await outcome(guard, request({ proof: { claims: members(150) } }))).toBe('401 proof_malformed')
})
