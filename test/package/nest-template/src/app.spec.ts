import { DpopGuard } from '@dpop-guard/nestjs'
import { createTestIssuer, type TestIssuer } from '@dpop-guard/testing'
import type { INestApplication } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import request from 'supertest'
import { guarded, OrdersController, OrdersService } from './app.module'

describe('the application', () => {
  let issuer: TestIssuer
  let app: INestApplication

  beforeEach(async () => {
    issuer = await createTestIssuer({ serve: 'nowhere' })
    const module = await Test.createTestingModule({ imports: [guarded(issuer.guardOptions)] }).compile()
    app = module.createNestApplication()
    await app.init()
  })

  afterEach(() => app.close())

  it('accepts a client with a good proof', async () => {
    const client = issuer.createClient({ scopes: ['orders:read'] })
    const api = request(app.getHttpServer())
    const response = await client.send({ url: '/orders' }, (headers) => api.get('/orders').set(headers))
    expect(response.status).toBe(200)
    expect(response.body).toEqual({ for: 'alice', orders: ['book'] })
  })

  it('rejects a request without credentials, and answers health checks', async () => {
    const response = await request(app.getHttpServer()).get('/orders')
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toBe('DPoP algs="ES256 PS256 Ed25519 EdDSA"')
    await request(app.getHttpServer()).get('/health').expect(200)
  })
})

it('a suite can replace the guard', async () => {
  const module = await Test.createTestingModule({
    imports: [guarded({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })],
  })
    .overrideProvider(DpopGuard)
    .useValue({ canActivate: () => true })
    .compile()
  const app = module.createNestApplication({ logger: false })
  await app.init()
  await request(app.getHttpServer()).get('/health').expect(200)
  // No guard ran, so the handler's own requirement does not pass.
  await request(app.getHttpServer()).get('/orders').expect(500)
  await app.close()
})

it('a controller can be tested alone', async () => {
  const module = await Test.createTestingModule({
    controllers: [OrdersController],
    providers: [OrdersService],
  }).compile()
  expect(module.get(OrdersController).health()).toEqual({ status: 'ok' })
})
