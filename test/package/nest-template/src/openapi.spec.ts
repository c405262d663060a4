import { addGuard } from '@dpop-guard/core/openapi'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { guarded } from './app.module'

it.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the description that @nestjs/swagger makes of the controllers on %s gets the guard', async (_, createAdapter) => {
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
  const app = await NestFactory.create(guarded(options), createAdapter(), { logger: false })
  const description = addGuard(SwaggerModule.createDocument(app, new DocumentBuilder().build()), options)
  await app.close()
  const { get } = description.paths['/orders'] ?? {}
  expect(Object.keys(get?.responses ?? {})).toEqual(expect.arrayContaining(['200', '400', '401', '403', '503']))
  expect(get?.parameters).toContainEqual({ $ref: '#/components/parameters/DpopProof' })
  process.stdout.write(`description: ${JSON.stringify(description)}\n`)
})
