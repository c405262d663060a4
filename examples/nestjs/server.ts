// A protected API on NestJS. After "npm install", run it with the URL of your authorization server and the API's own
// public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { AppModule } from './app.module.js'

const { HOST = '127.0.0.1', PORT = '3000' } = process.env

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ['error', 'warn'] })
app.enableShutdownHooks()
await app.listen(Number(PORT), HOST)
console.log('listening on', app.getHttpServer().address())
