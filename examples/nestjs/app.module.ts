import { DpopModule } from '@dpop-guard/nestjs'
import { Module } from '@nestjs/common'
import { OrdersController } from './orders.controller.js'

const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com' } = process.env

@Module({
  // A guard for every handler of the application, except those with @Public().
  imports: [DpopModule.forRoot({ issuer: ISSUER, resource: RESOURCE })],
  controllers: [OrdersController],
})
export class AppModule {}
