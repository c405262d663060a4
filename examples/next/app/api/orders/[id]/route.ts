import { getAuth, requireScopes } from '@dpop-guard/web'
import { guard } from '../../../../guard'

export const GET = guard.protect(async (request, { params }: { params: Promise<{ id: string }> }) => {
  const { id } = await params
  return Response.json({ id, for: getAuth(request).subject })
}, requireScopes('orders:read'))
