import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (name: string, claims: Record<string, unknown>, profile: ProfileName = 'step-up'): Row => ({
  name,
  profile,
  request: (make) => make.request({ claims }),
  expect: accepted,
})

const accepted: Expectation = { accepted: 'DPoP' }
const good = { acr: 'urn:example:mfa', auth_time: now - 300 }
const bearerParams = { params: { acr_values: 'urn:example:mfa', max_age: '300' } }

export const stepUp: readonly Row[] = [
  row('a user who authenticated well and just now is accepted', { acr: 'urn:example:hwk', auth_time: now }),
  row('a user who authenticated in the other way and in time is accepted', good),

  row('an acr alone may be required', { acr: 'urn:example:mfa' }, 'step-up, acr'),
  ...underProfile('step-up, acr', ['acr-other'], { params: { acr_values: 'urn:example:mfa' } }),
  ...underProfile('step-up, acr', ['faults-scope-and-acr']),
  row('a time alone may be required, down to this second', { auth_time: now }, 'step-up, age'),
  ...underProfile('step-up, age', ['auth-time-too-early'], { params: { max_age: '0' } }),

  {
    name: 'a Bearer token of a user who authenticated well is accepted',
    profile: 'step-up, bearer',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined, ...good } }),
    expect: { accepted: 'Bearer' },
  },
  ...underProfile('step-up, bearer', ['acr-other'], bearerParams),
  ...underProfile('step-up, bearer', ['credentials-missing'], { scope: 'orders:write' }),
  ...underProfile('step-up', ['credentials-missing', 'proof-htm-other-method']),
  ...underProfile('step-up, optional', ['credentials-missing'], { params: { max_age: '300' } }),
  row(
    'where credentials are optional, those of a user who authenticated just now are accepted',
    { auth_time: now },
    'step-up, optional',
  ),
  {
    name: 'another origin may read the requirements',
    profile: 'step-up',
    request: (make) => make.request({ headers: ['Origin', 'https://app.example.net'] }),
    expect: {
      rejected: 'acr_insufficient',
      params: { acr_values: 'urn:example:hwk urn:example:mfa', max_age: '300' },
    },
  },
]
