import { type Auth, CurrentAuth, DpopModule, type DpopModuleOptions, Public, Scopes } from '@dpop-guard/nestjs'
import { Controller, type DynamicModule, Get, Injectable, Module } from '@nestjs/common'

@Injectable()
export class OrdersService {
  list() {
    return ['book']
  }
}

@Controller()
export class OrdersController {
  // Injected by the type that the compiler emits, as in the template.
  constructor(private readonly orders: OrdersService) {}

  @Get('health')
  @Public()
  health() {
    return { status: 'ok' }
  }

  @Get('orders')
  @Scopes('orders:read')
  list(@CurrentAuth() auth: Auth) {
    return { for: auth.subject, orders: this.orders.list() }
  }
}

@Module({ controllers: [OrdersController], providers: [OrdersService] })
export class AppModule {}

/** The application with a guard of these options. */
export function guarded(options: DpopModuleOptions): DynamicModule {
  return { module: AppModule, imports: [DpopModule.forRoot(options)] }
}
