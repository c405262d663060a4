import {
  type Auth,
  CurrentAuth,
  createGuard,
  DpopGuard,
  DpopModule,
  type DpopModuleOptions,
  type DpopOptionsFactory,
  getAuth,
  getOptionalAuth,
  OptionalAuth,
  Public,
  RejectionException,
  Scopes,
  StepUp,
} from '@dpop-guard/nestjs'
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Inject,
  Module,
  type NestInterceptor,
  Post,
} from '@nestjs/common'

const options: DpopModuleOptions = {
  issuer: 'https://as.example.com',
  resource: 'https://api.example.com',
  realm: process.env.REALM,
  onRejected: 'error',
}

@Controller('orders')
@Scopes('orders')
export class Orders {
  constructor(@Inject(DpopGuard) readonly dpop: DpopGuard) {}

  @Get()
  @Scopes('orders:read', 'orders:write')
  list(@CurrentAuth() auth: Auth<{ roles?: string[] }>) {
    const roles: readonly string[] | undefined = auth.claims.roles
    return { for: auth.subject, roles }
  }

  @Get('health')
  @Public()
  health(@OptionalAuth() auth: Auth | undefined) {
    return [auth?.scopes, typeof this.dpop.guard.check]
  }

  @Post()
  @StepUp({ acrValues: ['urn:example:mfa'] })
  pay() {}

  // @ts-expect-error: a list where scopes are given one by one
  @Scopes(['orders:read'])
  wrong() {}
}

class Factory implements DpopOptionsFactory {
  createDpopOptions() {
    return options
  }
}

export class Interceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const request = context.switchToHttp().getRequest()
    const auth: Auth = getAuth(request)
    const roles: readonly string[] | undefined = getOptionalAuth<{ roles?: string[] }>(request)?.claims.roles
    return roles || auth ? next.handle() : next.handle()
  }
}

@Catch(RejectionException)
export class Filter implements ExceptionFilter {
  catch(exception: RejectionException, host: ArgumentsHost) {
    const { rejection, headers } = exception
    host.switchToHttp().getResponse().status(exception.getStatus()).send({ reason: rejection.reason, headers })
  }
}

@Module({
  imports: [
    DpopModule.forRoot(options),
    DpopModule.forRoot({ guard: createGuard({ issuer: 'https://as.example.com', resource: 'urn:x' }) }),
    DpopModule.forRootAsync({ useClass: Factory }),
    DpopModule.forRootAsync({ useExisting: Factory }),
    DpopModule.forRootAsync({
      imports: [],
      inject: ['A', Factory],
      useFactory: async (_a: string, _b: Factory) => options,
    }),
  ],
})
export class Api {}

// @ts-expect-error: misspelt
DpopModule.forRoot({ ...options, requiredScope: ['orders:read'] })
// @ts-expect-error: no resource
DpopModule.forRoot({ issuer: 'https://as.example.com' })
// @ts-expect-error: not a factory of options
DpopModule.forRootAsync({ useClass: Orders })
