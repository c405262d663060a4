// A token in the query is noticed, with any other content of the query.
import { expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'

/** The verdict for a request for `target` without credentials. */
function ask(target: string): Promise<string> {
  const { guard } = createScene()
  return outcome(guard, { method: 'GET', target, headers: [] })
}

const encoded = '%61%63%63%65%73%73%5F%74%6F%6B%65%6E'

test.each([
  '/?access_token',
  '/?access_token=x',
  '/?access_token&a',
  '/?a=b&access_token=x#f',
  '/?access%5ftoken=x',
  '/?access%5Ftoken=x',
  `/?${encoded}=x`,
  `/?${encoded.toLowerCase()}=x`,
  '/?%&access_token=x',
  '/?%C1%A1=%&access_token=%',
])('%s has a token', async (target) => {
  expect(await ask(target)).toBe('401 token_in_query')
})

test.each([
  '/?',
  '/?access_token%=x',
  '/?access_token%C1=x',
  '/?access_token+=x',
  '/?+access_token=x',
  '/?access_token[]=x',
  '/?Access_token=x',
  '/?%41ccess_token=x',
  '/?%2561ccess_token=x',
  '/?a?access_token=x',
  '/?a;access_token=x',
  '/?a=b#&access_token=x',
])('%s has no token', async (target) => {
  expect(await ask(target)).toBe('401 credentials_missing')
})

test('a token is found after 8 000 names that cannot be decoded', async () => {
  expect(await ask(`/?${'%&'.repeat(8000)}access_token`)).toBe('401 token_in_query')
  expect(await ask(`/?${'%&'.repeat(8000)}`)).toBe('401 credentials_missing')
})
