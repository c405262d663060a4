import { createTestIssuer } from '@dpop-guard/testing'
import {
  type InvalidRequest,
  invalidRequest,
  invalidRequests,
  type Mutation,
} from '@dpop-guard/testing/invalid-requests'

const issuer = await createTestIssuer()
const client = issuer.createClient({ scopes: ['orders:read'] })
const named: InvalidRequest = invalidRequest('proof-htu-other-host')
const mutation: Mutation = { dpop: ({ header, payload, sign }) => sign({ ...header, typ: 'JWT' }, payload) }
for (const invalid of [...Object.keys(invalidRequests), ...Object.values(invalidRequests), named, mutation])
  await client.fetch('http://127.0.0.1:3000/orders', { invalid })
await client.fetch('/orders', { invalid: 'bearer-token-cnf-null' })
const { status }: Response = await client.fetch('/orders', { invalid: 'proof-replayed', method: 'POST' })
const { authorization, dpop } = client.headers({ method: 'GET', url: '/orders' })
// @ts-expect-error: a mutation has no such member
await client.fetch('/orders', { invalid: { prof: {} } })
issuer.behave('down')
await issuer.close()

export { authorization, dpop, status }
