import { getAuth, requireScopes } from '@dpop-guard/web'
import { guard } from '../../../guard'

/** The claims that your authorization server adds to its tokens. */
interface Claims {
  tenant?: string
}

export const GET = guard.protect((request) => {
  const { subject, claims } = getAuth<Claims>(request)
  return Response.json({ for: subject, tenant: claims.tenant, orders: [] })
}, requireScopes('orders:read'))

export const POST = guard.protect(
  (request) => Response.json({ for: getAuth(request).subject }, { status: 201 }),
  requireScopes('orders:write'),
)
