// @ts-check
// The API of handler.js on your machine, without AWS. It needs a Redis. After "npm install", run it with the URL of your
// authorization server and the API's own public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com REDIS_URL=redis://127.0.0.1:6379 PORT=3000 npm start
import { app } from './app.js'

const { HOST = '127.0.0.1', PORT = '3000' } = process.env

const server = app.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
