// The guard of all route handlers. After "npm install", run the API with the URL of your authorization server and the API's
// own public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
import { dpopGuard } from '@dpop-guard/web'

const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com' } = process.env

export const guard = dpopGuard({ issuer: ISSUER, resource: RESOURCE })
