import { type BreakageName, breakages, createTestIssuer, type Mutation } from '@dpop-guard/testing'

const issuer = await createTestIssuer()
const client = issuer.createClient({ scopes: ['orders:read'] })
const names = Object.keys(breakages) as BreakageName[]
const mutation: Mutation = { dpop: ({ header, payload, sign }) => sign({ ...header, typ: 'JWT' }, payload) }
for (const broken of [...names, ...Object.values(breakages), mutation])
  await client.fetch('http://127.0.0.1:3000/orders', { broken })
await client.fetch('/orders', { broken: 'bearer-token-cnf-null' })
const { status }: Response = await client.fetch('/orders', { broken: 'proof-replayed', method: 'POST' })
const { authorization, dpop } = client.headers({ method: 'GET', url: '/orders' })
// @ts-expect-error: no breakage has this name
await client.fetch('/orders', { broken: 'proof-htu-other-hots' })
issuer.behave('down')
await issuer.close()

export { authorization, dpop, status }
