import { mutations } from './invalid-request.js'
import type { Mutation } from './mutation.js'

const form = (body: string, mediaType = 'application/x-www-form-urlencoded'): Mutation => ({
  method: 'POST',
  headers: ['Content-Type', mediaType],
  body,
})

const traits = { setting: 'forms', onlyByFetch: true } as const

/** RFC 6750 section 2.2. */
export const tokenInForm = {
  ...mutations(
    'token_in_form',
    {
      'token-in-form': ['a token in a form alone', { ...form('access_token=x'), authorization: [], dpop: [] }],
      'token-in-form-with-proof': ['a token in a form with a proof', { ...form('access_token=x'), authorization: [] }],
    },
    traits,
  ),
  ...mutations(
    'token_repeated',
    {
      'token-in-form-and-header': ['a token in a form beside the header', form('a=1&access_token=x')],
      'token-in-form-media-type-case': [
        'a token in a form whose media type is in another case, with parameters',
        form('access_token=x', 'Application/X-WWW-Form-URLencoded; charset=UTF-8'),
      ],
      'token-in-form-media-type-space': [
        'a token in a form with a space before the parameters of its media type',
        form('access_token=x', 'application/x-www-form-urlencoded ; charset=UTF-8'),
      ],
    },
    traits,
  ),
}
