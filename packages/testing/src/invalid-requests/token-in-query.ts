import { mutations, type Row } from './invalid-request.js'
import { tokenOf, type ValidRequest } from './mutation.js'
import { partsOf, pathOf } from './url-parts.js'

const inQuery = (description: string, query: string): Row => [
  `a token in the query beside the header: ${description}`,
  (valid) => ({ target: `${pathOf(valid)}?${query}` }),
]

const withToken = (valid: ValidRequest) => `${pathOf(valid)}?access_token=${tokenOf(valid)}`

const onlyByFetch = true

/** RFC 6750 section 2.3: a token in a URL counts as no credentials, or as a second token beside the header. */
export const tokenInQuery = {
  ...mutations(
    'token_in_query',
    {
      'token-in-query': [
        'a token in the query alone',
        (valid) => ({ target: withToken(valid), authorization: [], dpop: [] }),
      ],
      'token-in-query-with-proof': [
        'a token in the query with a proof',
        (valid) => ({ target: withToken(valid), authorization: [] }),
      ],
    },
    { onlyByFetch },
  ),
  ...mutations(
    'scheme_unsupported',
    {
      'token-in-query-beside-basic': [
        'a token in the query beside Basic',
        (valid) => ({ target: withToken(valid), authorization: 'Basic dXNlcjpwYXNz' }),
      ],
    },
    { onlyByFetch },
  ),
  ...mutations(
    'token_repeated',
    {
      'token-in-query-and-header': [
        'the same token in query and header',
        (valid) => {
          const accessToken = tokenOf(valid)
          return { accessToken, target: `${pathOf(valid)}?access_token=${accessToken}` }
        },
      ],
      'token-in-query-absolute-target': [
        'a token in the query of a whole URL',
        (valid) => ({ target: `${partsOf(valid.url).origin}${pathOf(valid)}?access_token=x` }),
      ],
      'token-in-query-of-root': ['a token in the query of the root', { target: '/?access_token=x' }],
      'token-in-query-first': inQuery('as the first parameter', 'access_token=x&page=2'),
      'token-in-query-only': inQuery('as the only parameter', 'access_token=x'),
      'token-in-query-last': inQuery('as the last parameter', 'page=2&access_token=x'),
      'token-in-query-empty': inQuery('without a value', 'access_token='),
      'token-in-query-no-equals-sign': inQuery('without an equals sign', 'access_token'),
      'token-in-query-underscore-encoded': inQuery('with an encoded underscore', 'access%5Ftoken=x'),
      'token-in-query-letter-encoded': inQuery('with an encoded letter', '%61ccess_token=x'),
      'token-in-query-all-encoded': inQuery('encoded as a whole', '%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x'),
      'token-in-query-twice': inQuery('given twice', 'access_token=x&access_token=y'),
      'token-in-query-behind-rubbish': inQuery('behind a parameter that cannot be decoded', '%zz=1&access_token=x'),
    },
    { onlyByFetch },
  ),
}
