import { type Auth, CurrentAuth, Public, Scopes } from '@dpop-guard/nestjs'
import { Body, Controller, Get, Post } from '@nestjs/common'

/** The claims that your authorization server adds to its tokens. */
interface Claims {
  tenant?: string
}

@Controller()
export class OrdersController {
  @Get('health')
  @Public()
  health() {
    return { status: 'ok' }
  }

  @Get('orders')
  @Scopes('orders:read')
  list(@CurrentAuth() { subject, claims }: Auth<Claims>) {
    return { for: subject, tenant: claims.tenant, orders: [] }
  }

  @Post('orders')
  @Scopes('orders:write')
  create(@CurrentAuth() auth: Auth, @Body() order: unknown) {
    return { for: auth.subject, order }
  }
}
