import { dpopGuard, requireScopes } from '@dpop-guard/koa'
import type Koa from 'koa'
import compose from 'koa-compose'

const guard: Koa.Middleware = dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })
const scopes: Koa.Middleware = requireScopes('orders:read')
export const both: Koa.Middleware = compose([guard, scopes])
