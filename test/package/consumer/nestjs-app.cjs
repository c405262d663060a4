// Without syntax for decorators, because this file runs as it is.
const { Module, Controller, Get } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { expectChallenge, options } = require('./expect-challenge.cjs')

exports.expectChallengeOfNest = async ({ DpopModule, Scopes }) => {
  class Orders {
    list() {
      return 'reached'
    }
  }
  const list = Object.getOwnPropertyDescriptor(Orders.prototype, 'list')
  Get('orders')(Orders.prototype, 'list', list)
  Scopes('orders:read')(Orders.prototype, 'list', list)
  Controller()(Orders)

  class Api {}
  Module({ imports: [DpopModule.forRoot(options)], controllers: [Orders] })(Api)

  const { ExpressAdapter } = require('@nestjs/platform-express')
  const { FastifyAdapter } = require('@nestjs/platform-fastify')
  for (const adapter of [new ExpressAdapter(), new FastifyAdapter()]) {
    const app = await NestFactory.create(Api, adapter, { logger: ['error', 'warn'] })
    await app.init()
    const instance = adapter.getInstance()
    await instance.ready?.()
    await expectChallenge(instance.routing ?? instance)
    await app.close()
  }
}
