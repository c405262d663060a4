// @ts-check
// A protected API on Express as an AWS Lambda function: for API Gateway, function URLs and load balancers. Run
// "npm install --omit=dev", upload this folder with node_modules, and set:
// - the handler: handler.handler
// - the environment: ISSUER, RESOURCE (the URL that clients call) and REDIS_URL
//
// To try the same API on your machine, use "npm start".
import { configure } from '@codegenie/serverless-express'
import { app } from './app.js'

export const handler = configure({ app })
