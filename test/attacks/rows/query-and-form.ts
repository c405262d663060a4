import type { Row } from '../row.js'

const form = ['Content-Type', 'application/x-www-form-urlencoded']

const harmlessQuery = (query: string): Row => ({
  name: `?${query} is not a token`,
  request: (make) => make.request({ target: `/orders?${query}` }),
  expect: { accepted: 'DPoP' },
})

export const queryAndForm: readonly Row[] = [
  harmlessQuery('q=access_token'),
  harmlessQuery('my_access_token=x'),
  harmlessQuery('access_token_type=x'),
  harmlessQuery('ACCESS_TOKEN=x'),
  harmlessQuery('next=/a?access_token=x'),
  harmlessQuery('%'),
  harmlessQuery('&&=&'),
  {
    name: 'access_token in the path is not a token',
    request: (make) => make.request({ target: '/access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a body without a media type is not a form',
    profile: 'forms',
    request: (make) => make.request({ method: 'POST', body: 'access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a media type that only mentions the one of forms is not a form',
    profile: 'forms',
    request: (make) =>
      make.request({
        method: 'POST',
        headers: ['Content-Type', 'text/plain; was=application/x-www-form-urlencoded'],
        body: 'access_token=x',
      }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a parsed form without a token passes',
    profile: 'forms',
    request: (make) => make.request({ method: 'POST', headers: form, body: 'token=x&my_access_token=y' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a form that is not parsed is not read',
    request: (make) => make.request({ method: 'POST', headers: form, body: 'access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'access_token in a JSON body is not a token',
    request: (make) =>
      make.request({ method: 'POST', headers: ['Content-Type', 'application/json'], body: '{"access_token":"x"}' }),
    expect: { accepted: 'DPoP' },
  },
]
