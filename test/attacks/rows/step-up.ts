import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const row = (
  name: string,
  claims: Record<string, unknown>,
  expect: Expectation,
  profile: ProfileName = 'step-up',
  mutation: Mutation = {},
): Row => ({
  name,
  profile,
  request: (make) =>
    make.request({ ...mutation, claims: { cnf: { jkt: make.client.jkt }, ...mutation.claims, ...claims } }),
  expect,
})

const accepted: Expectation = { accepted: 'DPoP' }
const params = { acr_values: 'urn:example:hwk urn:example:mfa', max_age: '300' }
const otherAcr: Expectation = { refused: 'acr_insufficient', params }
const tooOld: Expectation = { refused: 'authentication_too_old', params }
const good = { acr: 'urn:example:mfa', auth_time: now - 300 }

const onlyAcr: Expectation = { refused: 'acr_insufficient', params: { acr_values: 'urn:example:mfa' } }
const onlyAge: Expectation = { refused: 'authentication_too_old', params: { max_age: '0' } }

const bearerParams = { acr_values: 'urn:example:mfa', max_age: '300' }
const asBearer: Mutation = { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }

export const stepUp: readonly Row[] = [
  row('a user who authenticated well and just now gets in', { acr: 'urn:example:hwk', auth_time: now }, accepted),
  row('a user who authenticated in the other way and in time gets in', good, accepted),
  row('a user who authenticated a second too early does not', { ...good, auth_time: now - 301 }, tooOld),
  row('a user who authenticated in another way does not', { ...good, acr: '0' }, otherAcr),
  row('a user of whom neither is known does not', {}, otherAcr),
  row('a user whose way is not known does not', { auth_time: now }, otherAcr),
  row('a user whose time is not known does not', { acr: 'urn:example:mfa' }, tooOld),
  row('a user who fulfils neither learns of both', { acr: '0', auth_time: 0 }, otherAcr),
  ...Object.entries({
    'in upper case': 'URN:EXAMPLE:MFA',
    'with a space': 'urn:example:mfa ',
    longer: 'urn:example:mfa:sms',
    shorter: 'urn:example',
    empty: '',
    'of both values': 'urn:example:hwk urn:example:mfa',
    'as a list': ['urn:example:mfa'],
    'as a number': 1,
    true: true,
    null: null,
  }).map(([name, acr]) => row(`acr ${name} is another acr`, { ...good, acr }, otherAcr)),
  row('amr is no acr', { auth_time: now, amr: ['urn:example:mfa'] }, otherAcr),
  ...Object.entries({
    'as a text': String(now),
    null: null,
    true: true,
    'in a list': [now],
    zero: 0,
    negative: -now,
  }).map(([name, auth_time]) => row(`auth_time ${name} is too long ago`, { ...good, auth_time }, tooOld)),
  row('iat is no auth_time', { acr: 'urn:example:mfa', iat: now }, tooOld),

  row('a way alone may be required', { acr: 'urn:example:mfa' }, accepted, 'step-up, acr'),
  row('of a way alone, only the way is told', { acr: '0', auth_time: now }, onlyAcr, 'step-up, acr'),
  row(
    'scopes of the guard are told before',
    { acr: '0', scope: '' },
    { refused: 'scope_insufficient' },
    'step-up, acr',
  ),
  row('a time alone may be required, this very second', { auth_time: now }, accepted, 'step-up, age'),
  row('of a time alone, only the time is told', { acr: '0', auth_time: now - 1 }, onlyAge, 'step-up, age'),

  row(
    'a Bearer token of a user who authenticated well is accepted',
    good,
    { accepted: 'Bearer' },
    'step-up, bearer',
    asBearer,
  ),
  row(
    'a Bearer token of another way is told so under Bearer',
    { ...good, acr: '0' },
    {
      refused: 'acr_insufficient',
      in: 'Bearer',
      params: bearerParams,
    },
    'step-up, bearer',
    asBearer,
  ),
  row(
    'a Bearer token of too long ago is told so under Bearer',
    { ...good, auth_time: 0 },
    {
      refused: 'authentication_too_old',
      in: 'Bearer',
      params: bearerParams,
    },
    'step-up, bearer',
    asBearer,
  ),
  row(
    'beside Bearer, another way is told so under DPoP',
    { ...good, acr: '0' },
    {
      refused: 'acr_insufficient',
      params: bearerParams,
    },
    'step-up, bearer',
  ),
  row(
    "the route's scope is told before",
    { acr: '0', scope: '' },
    {
      refused: 'scope_insufficient',
      scope: 'orders:write',
    },
    'step-up, bearer',
  ),
  {
    name: "without credentials the route's scope is asked for first, without an error",
    profile: 'step-up, bearer',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing', scope: 'orders:write' },
  },
  {
    name: 'without credentials nothing is told of what the route requires',
    profile: 'step-up',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'where credentials are optional, without any, the route asks for them without an error',
    profile: 'step-up, optional',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing', params: { max_age: '300' } },
  },
  row(
    'where credentials are optional, good ones of just now get in',
    { auth_time: now },
    accepted,
    'step-up, optional',
  ),
  row('a bad proof is told, and nothing of the way', {}, { refused: 'proof_htm' }, 'step-up', {
    proof: { method: 'POST' },
  }),
  row('another origin may read what is required', {}, otherAcr, 'step-up', {
    headers: ['Origin', 'https://app.example.net'],
  }),
  row('HEAD gets the challenge too', {}, otherAcr, 'step-up', { method: 'HEAD' }),
  {
    name: 'a user who has to authenticate better has used the proof up',
    profile: 'step-up',
    request(make) {
      const request = make.request({ claims: { acr: '0' } })
      return [request, request]
    },
    earlier: otherAcr,
    expect: { refused: 'proof_replayed' },
  },
]
