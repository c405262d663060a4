import {
  hiddenOption,
  invalidOption,
  missingOption,
  readObjectOption,
  readSecondsOption,
} from '@dpop-guard/core/internal'
import type { ProofClient } from '@dpop-guard/testing'
import { settings as knownSettings, type SettingName } from '@dpop-guard/testing/invalid-requests'
import type { AccessTokens } from './access-tokens.js'
import type { AuditResult } from './finding.js'
import type { OwnParts } from './redaction.js'

/** The server that an audit asks, and how. */
export interface AuditOptions {
  /** The URL to send to. Its path and query are those of every request. No report shows the query. */
  url: string
  /** The public URL, if it is not `url`: the `htu` of good proofs, without query and fragment. */
  htu?: string | undefined
  /** Default GET. */
  method?: string | undefined
  /** More fields of every request: names and values in turn. No report shows their values. */
  fields?: readonly string[] | undefined
  /** The body of every request. Default none. No report shows it. */
  body?: string | Uint8Array | undefined
  /** Signs the proofs. */
  client: ProofClient
  /** `own`: a key that is used elsewhere, so that no request may hold its private half. Default `own`. */
  clientKey?: 'own' | 'made' | undefined
  tokens: AccessTokens
  /** What the API is configured with, in addition to what its answers show. */
  settings?: readonly SettingName[] | undefined
  /** Names of requests to send, or patterns with `*`. Default: all. */
  only?: readonly string[] | undefined
  /** Whether to send methods that may change something, with proofs that must be rejected. Default `not sent`. */
  otherMethods?: 'sent' | 'not sent' | undefined
  /** Default 20. */
  requestsPerSecond?: number | undefined
  /** How long one request may take. Default 10. */
  timeoutSeconds?: number | undefined
  /** Whether reports have access tokens, what you added (fields, query, body), and bodies of accepted requests. Default `hidden`. */
  secrets?: 'hidden' | 'shown' | undefined
  /** Seconds since the epoch. Default: the system clock. */
  clock?: (() => number) | undefined
  /** Called with each result when it is there. */
  onResult?: ((result: AuditResult) => void) | undefined
}

export type ReadAuditOptions = {
  readonly [Name in keyof Required<AuditOptions>]: Exclude<AuditOptions[Name], undefined>
} & { readonly target: string }

const names: Record<keyof AuditOptions, true> = {
  url: true,
  htu: true,
  method: true,
  fields: true,
  body: true,
  client: true,
  clientKey: true,
  tokens: true,
  settings: true,
  only: true,
  otherMethods: true,
  requestsPerSecond: true,
  timeoutSeconds: true,
  secrets: true,
  clock: true,
  onResult: true,
}

const maxRequestsPerSecond = 10_000

/** Throws a TypeError for an invalid option. */
export function readAuditOptions(options: AuditOptions): ReadAuditOptions {
  const given: Partial<AuditOptions> = readObjectOption('', options, Object.keys(names))
  const { url, client, tokens, settings = [], requestsPerSecond = 20 } = given
  if (url === undefined) throw missingOption('url', 'where the API is')
  if (client === undefined) throw missingOption('client', 'the key that signs the proofs')
  if (tokens === undefined) throw missingOption('tokens', 'where access tokens come from')
  const parsed = readUrl('url', url)
  const [htu = ''] = readUrl('htu', given.htu ?? url).href.split(/[?#]/, 1)
  for (const name of settings) {
    if (!Object.hasOwn(knownSettings, name))
      throw invalidOption('settings', name, Object.keys(knownSettings).join(', '))
  }
  if (!(requestsPerSecond > 0 && requestsPerSecond <= maxRequestsPerSecond)) {
    throw invalidOption('requestsPerSecond', requestsPerSecond, `more than 0, and at most ${maxRequestsPerSecond}`)
  }
  return {
    url: parsed.href.replace(/#.*$/s, ''),
    htu,
    target: parsed.pathname + parsed.search,
    method: given.method ?? 'GET',
    fields: given.fields ?? [],
    body: given.body ?? '',
    client,
    clientKey: given.clientKey ?? 'own',
    tokens,
    settings,
    only: given.only ?? [],
    otherMethods: given.otherMethods ?? 'not sent',
    requestsPerSecond,
    timeoutSeconds: readSecondsOption('timeoutSeconds', given.timeoutSeconds, 10, { min: 1, max: 600 }),
    secrets: given.secrets ?? 'hidden',
    clock: given.clock ?? (() => Date.now() / 1000),
    onResult: given.onResult ?? (() => {}),
  }
}

function readUrl(name: string, value: string): URL {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) throw invalidOption(name, value, 'a whole http(s) URL')
  const url = new URL(value)
  if (url.username === '' && url.password === '') return url
  throw hiddenOption(name, 'a URL without user name and password')
}

/** What the user adds to every request. */
export function ownPartsOf({ url, fields, body }: ReadAuditOptions): OwnParts {
  return { fields, query: new URL(url).search.slice(1), body: Buffer.from(body) }
}
