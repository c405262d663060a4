// @ts-check
// A protected API on Express with Prometheus metrics. After "npm install", run it with the URL of your authorization
// server and the API's own public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
//
// With OpenTelemetry instead of Prometheus, call the function in opentelemetry.js after you have set up your SDK.
import { collectDefaultMetrics, Registry } from 'prom-client'
import { createApp } from './app.js'
import { collectMetrics } from './prometheus.js'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

const register = new Registry()
collectDefaultMetrics({ register })
// Call it once for the process, even with several guards.
collectMetrics(register)
const server = createApp(register, { issuer: ISSUER, resource: RESOURCE }).listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
