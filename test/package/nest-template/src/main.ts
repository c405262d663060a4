import { NestFactory } from '@nestjs/core'
import { guarded } from './app.module'

/** Starts, asks once without credentials, and stops. */
async function bootstrap() {
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
  const app = await NestFactory.create(guarded(options), { logger: ['error', 'warn'] })
  await app.listen(process.env.PORT ?? 3000, '127.0.0.1')
  const response = await fetch(`${await app.getUrl()}/orders`)
  process.stdout.write(`${response.status} ${response.headers.get('www-authenticate')}`)
  await app.close()
}

void bootstrap()
