import type { IncomingMessage } from 'node:http'
import {
  type Auth,
  type DpopGuardOptions,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  protectedResourceMetadata,
  requireClaims,
  requireDpop,
  requireScopes,
} from '@dpop-guard/web'

const options: DpopGuardOptions = {
  issuer: 'https://as.example.com',
  resource: 'https://api.example.com',
  realm: process.env.REALM,
}
const guard = dpopGuard(options)

/** The request of a framework. */
declare class NextRequest extends Request {
  readonly nextUrl: URL
}

export async function handle(request: Request, incoming?: IncomingMessage): Promise<Response> {
  const checked = await guard(request, { incoming })
  if (checked.response) {
    const reason: string | undefined = checked.rejection?.reason
    return reason === 'credentials_missing' ? new Response(null, checked.response) : checked.response
  }
  const auth: Auth = checked.auth
  // @ts-expect-error: no such member, so it is typed
  auth.username
  return checked.apply(Response.json({ for: auth.subject, same: getAuth(request).subject }))
}

// As Next.js calls a route handler.
export const GET = guard.protect(async (request: NextRequest, { params }: { params: Promise<{ id: string }> }) => {
  const { id } = await params
  return Response.json({ id, path: request.nextUrl.pathname, for: getAuth(request).subject })
}, requireScopes('orders:read'))
const called: (request: NextRequest, context: { params: Promise<{ id: string }> }) => Promise<Response> = GET
void called

export const POST = guard.protect(
  (request) => new Response(getAuth(request).subject),
  requireDpop(),
  requireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('auditor') ?? false),
  async (request) => (request.headers.has('x') ? new Response() : undefined),
)

export async function optional(request: Request): Promise<Response> {
  const checked = await dpopGuard({ ...options, credentials: 'optional' })(request)
  if (checked.response) return checked.response
  // @ts-expect-error: there may be no caller
  checked.auth.subject
  return checked.apply(new Response(getOptionalAuth(request)?.subject))
}

export async function claims(request: Request): Promise<Response> {
  const checked = await dpopGuard<{ roles?: string[] }>(options)(request)
  if (checked.response) return checked.response
  const roles: readonly string[] | undefined = checked.auth.claims.roles
  return checked.apply(Response.json(roles ?? getAuth<{ roles?: string[] }>(request).claims.roles))
}

const metadata = protectedResourceMetadata({ ...options, resourceMetadata: {} })
export const document = (request: Request): Response => metadata(request) ?? new Response(null, { status: 404 })

// @ts-expect-error: misspelt
dpopGuard({ ...options, requiredScope: ['orders:read'] })
// @ts-expect-error: the guard returns its answer
dpopGuard({ ...options, onRejected: 'error' })
// @ts-expect-error: no resource
dpopGuard({ issuer: 'https://as.example.com' })
// @ts-expect-error: a list where scopes are given one by one
requireScopes(['orders:read'])
