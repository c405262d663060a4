import type { Row } from '../row.js'

/** Rows that differ only in the Authorization field. */
const rowsOf = (expect: Row['expect'], authorizations: Record<string, (token: string) => string | readonly string[]>) =>
  Object.entries(authorizations).map(
    ([name, authorization]): Row => ({ name, request: (make) => make.request({ authorization }), expect }),
  )

export const authorizationShape: readonly Row[] = [
  {
    name: 'Proxy-Authorization beside good credentials changes nothing',
    request: (make) => make.request({ headers: ['Proxy-Authorization', 'DPoP other'] }),
    expect: { accepted: 'DPoP' },
  },

  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'the scheme may be in lower case': (token) => `dpop ${token}`,
      'the scheme may be in upper case': (token) => `DPOP ${token}`,
      'the scheme may be in mixed case': (token) => `dPoP ${token}`,
      'several spaces may follow the scheme': (token) => `DPoP     ${token}`,
      'spaces around the field value are not part of it': (token) => `  DPoP ${token}  `,
      'tabs around the field value are not part of it': (token) => `\tDPoP ${token}\t`,
    },
  ),

  ...['AUTHORIZATION', 'authorization', 'aUTHORIZATIOn'].map(
    (name): Row => ({
      name: `the field name ${name} is Authorization`,
      request(make) {
        const accessToken = make.accessToken()
        return make.request({ accessToken, authorization: [], headers: [name, `DPoP ${accessToken}`] })
      },
      expect: { accepted: 'DPoP' },
    }),
  ),
]
