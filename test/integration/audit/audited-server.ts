/** A server under audit, with tokens that it trusts. */
import type { RequestListener } from 'node:http'
import { type AuditOptions, type AuditReport, auditServer } from '@dpop-guard/inspect'
import { createProofClient, type ProofClient, type TokenIssuer } from '@dpop-guard/testing'
import { onTestFinished } from 'vitest'
import { listenOnLoopback } from '../../support/listen.js'

/** Tokens that the issuer of a test signs. */
export const signedBy = (issuer: TokenIssuer, claims: Record<string, unknown> = {}): AuditOptions['tokens'] => ({
  kind: 'signed',
  issuer,
  tokenFor: async ({ jkt }: ProofClient) => issuer.mint({ cnf: { jkt }, ...claims }),
})

/** An API under audit. */
export interface AuditedApi {
  readonly tokens: AuditOptions['tokens']
  readonly handle: RequestListener
  /** Default `/orders`. */
  readonly path?: string
  /** Default: a new one. */
  readonly client?: ProofClient
}

/** Audits an API that is made for its origin. */
export async function auditApi(
  start: (origin: string) => AuditedApi | Promise<AuditedApi>,
  options: Partial<AuditOptions> = {},
): Promise<AuditReport> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const { tokens, handle, path = '/orders', client = createProofClient() } = await start(origin)
  server.on('request', handle)
  return auditServer({
    url: origin + path,
    client,
    clientKey: 'made',
    tokens,
    otherMethods: 'sent',
    requestsPerSecond: 10_000,
    ...options,
  })
}

/** `severity row: text` of each finding that is more than information. */
export const missed = ({ results }: AuditReport) =>
  results.flatMap(({ name, findings }) =>
    findings
      .filter(({ severity }) => severity !== 'information')
      .map(({ severity, text }) => `${severity} ${name}: ${text}`),
  )
