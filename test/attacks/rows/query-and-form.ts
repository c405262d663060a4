import type { Row } from '../row.js'

const form = ['Content-Type', 'application/x-www-form-urlencoded']

const inQuery = (name: string, query: string): Row => ({
  name: `a token in the query is noticed beside the header: ${name}`,
  request: (make) => make.request({ target: `/orders?${query}` }),
  expect: { refused: 'token_repeated' },
})

const harmlessQuery = (query: string): Row => ({
  name: `?${query} is no token`,
  request: (make) => make.request({ target: `/orders?${query}` }),
  expect: { accepted: 'DPoP' },
})

export const queryAndForm: readonly Row[] = [
  {
    name: 'a token in the query alone is no credentials',
    request: (make) =>
      make.request({ target: `/orders?access_token=${make.accessToken()}`, authorization: [], dpop: [] }),
    expect: { refused: 'token_in_query' },
  },
  {
    name: 'a token in the query with a proof is no credentials',
    request: (make) => make.request({ target: `/orders?access_token=${make.accessToken()}`, authorization: [] }),
    expect: { refused: 'token_in_query' },
  },
  {
    name: 'a token in the query beside Basic is not known',
    request: (make) => make.request({ target: '/orders?access_token=x', authorization: 'Basic dXNlcjpwYXNz' }),
    expect: { refused: 'scheme_unsupported' },
  },
  {
    name: 'the very same token in query and header is refused',
    request(make) {
      const accessToken = make.accessToken()
      return make.request({ accessToken, target: `/orders?access_token=${accessToken}` })
    },
    expect: { refused: 'token_repeated' },
  },
  {
    name: 'a token in the query of a target in absolute-form is noticed',
    request: (make) =>
      make.request({ target: 'https://api.example.com/orders?access_token=x', url: 'https://api.example.com/orders' }),
    expect: { refused: 'token_repeated' },
  },
  inQuery('as the first parameter', 'access_token=x'),
  inQuery('as the last parameter', 'page=2&access_token=x'),
  inQuery('without a value', 'access_token='),
  inQuery('without an equals sign', 'access_token'),
  inQuery('with an encoded underscore', 'access%5Ftoken=x'),
  inQuery('with an encoded letter', '%61ccess_token=x'),
  inQuery('encoded as a whole', '%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x'),
  inQuery('given twice', 'access_token=x&access_token=y'),
  inQuery('behind a parameter that cannot be decoded', '%zz=1&access_token=x'),
  harmlessQuery('q=access_token'),
  harmlessQuery('my_access_token=x'),
  harmlessQuery('access_token_type=x'),
  harmlessQuery('ACCESS_TOKEN=x'),
  harmlessQuery('next=/a?access_token=x'),
  harmlessQuery('%'),
  harmlessQuery('&&=&'),
  {
    name: 'a token in the query of the root is noticed',
    request: (make) => make.request({ target: '/?access_token=x' }),
    expect: { refused: 'token_repeated' },
  },
  {
    name: 'a target that reads like a form is no query',
    request: (make) => make.request({ target: 'access_token=x' }),
    expect: { refused: 'target_malformed' },
    nodeRefuses: true,
  },
  {
    name: 'access_token in the path is no token',
    request: (make) => make.request({ target: '/access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a token in a parsed form alone is no credentials',
    profile: 'forms',
    request: (make) =>
      make.request({ method: 'POST', authorization: [], dpop: [], headers: form, body: 'access_token=x' }),
    expect: { refused: 'token_in_form' },
    notOnFastify: 'its guard runs before any body is read',
  },
  {
    name: 'a token in a parsed form with a proof is no credentials',
    profile: 'forms',
    request: (make) => make.request({ method: 'POST', authorization: [], headers: form, body: 'access_token=x' }),
    expect: { refused: 'token_in_form' },
    notOnFastify: 'its guard runs before any body is read',
  },
  {
    name: 'a token in a parsed form is refused beside the header',
    profile: 'forms',
    request: (make) => make.request({ method: 'POST', headers: form, body: 'a=1&access_token=x' }),
    expect: { refused: 'token_repeated' },
    notOnFastify: 'its guard runs before any body is read',
  },
  {
    name: 'a form is known by its media type in any case and with parameters',
    profile: 'forms',
    request: (make) =>
      make.request({
        method: 'POST',
        headers: ['Content-Type', 'Application/X-WWW-Form-URLencoded; charset=UTF-8'],
        body: 'access_token=x',
      }),
    expect: { refused: 'token_repeated' },
    notOnFastify: 'its guard runs before any body is read',
  },
  {
    name: 'a form is known with a space before the parameters',
    profile: 'forms',
    request: (make) =>
      make.request({
        method: 'POST',
        headers: ['Content-Type', 'application/x-www-form-urlencoded ; charset=UTF-8'],
        body: 'access_token=x',
      }),
    expect: { refused: 'token_repeated' },
    notOnFastify: 'its guard runs before any body is read',
  },
  {
    name: 'a body without a media type is no form',
    profile: 'forms',
    request: (make) => make.request({ method: 'POST', body: 'access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a media type that only mentions the one of forms is another',
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
    name: 'a form that nothing has parsed is not read',
    request: (make) => make.request({ method: 'POST', headers: form, body: 'access_token=x' }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'access_token in a JSON body is no token',
    request: (make) =>
      make.request({ method: 'POST', headers: ['Content-Type', 'application/json'], body: '{"access_token":"x"}' }),
    expect: { accepted: 'DPoP' },
  },
]
