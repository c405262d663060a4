import { parseArgs } from 'node:util'
import { nearest } from '@dpop-guard/core/internal'
import { createProofClient, type ProofClient } from '@dpop-guard/testing'
import { type SettingName, settings } from '@dpop-guard/testing/invalid-requests'
import { clientCredentialsOptions } from '../client-credentials.js'
import { checkDestination, isOnThisMachine } from '../destination.js'
import type { Display } from '../display.js'
import { openKeyFile } from '../key-file.js'
import { readMethodOption, readNumberOption, readUrlOption } from '../option-values.js'
import { readDataOption, readHeadersOption } from '../request-options.js'
import { painter, type Terminal, UsageError } from '../terminal.js'
import { type AuditReport, auditServer } from './audit.js'
import type { AuditOptions } from './audit-options.js'
import { readTokensOption, tokensOptions } from './audit-tokens-option.js'
import { writeHtmlReport } from './html/html-report.js'
import { writeJunitReport } from './junit-report.js'
import { planAudit } from './plan.js'
import { checkReportFile, writeReportFile } from './report-file.js'
import { auditRows, matchesName } from './rows.js'
import { writePlan, writeTerminalReport } from './terminal-report.js'

export const auditCommandOptions = {
  ...tokensOptions,
  ...clientCredentialsOptions,
  key: { type: 'string' },
  method: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  htu: { type: 'string' },
  rate: { type: 'string' },
  timeout: { type: 'string' },
  only: { type: 'string', multiple: true },
  setting: { type: 'string', multiple: true },
  'all-methods': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'i-own-this-server': { type: 'boolean' },
  'insecure-http': { type: 'boolean' },
  html: { type: 'string' },
  json: { type: 'string' },
  junit: { type: 'string' },
  'show-secrets': { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
} as const

/** 0: nothing is missed; 1: something is not answered as it should be; 2: the audit could not run, or not decide all; 3: there is a hole. */
export type AuditExitCode = 0 | 1 | 2 | 3

/** Audits a resource server. Returns the exit code. */
export async function auditCommand(
  args: readonly string[],
  terminal: Terminal,
  display: Display,
): Promise<AuditExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: auditCommandOptions,
    allowPositionals: true,
  })
  const [url, ...others] = positionals
  if (url === undefined || others.length > 0) {
    throw new UsageError(
      'one URL is required: audit http://127.0.0.1:3000/orders --key key.json --token-file token.txt',
    )
  }
  checkOwner(url, values['i-own-this-server'] === true)
  checkDestination('the URL to audit', url, values['insecure-http'] === true)
  if (values.htu !== undefined) readUrlOption('--htu', values.htu)
  const settings = readSettings(values.setting ?? [])
  const only = readOnly(values.only ?? [])
  const rate = readNumberOption('rate', values.rate)
  const timeout = readNumberOption('timeout', values.timeout)
  const fields = [...readHeadersOption(values.header ?? [])].flat()
  const body = await readDataOption(values.data)
  const { client, clientKey } = await readClient(values.key, (text) => terminal.stderr.write(`${display.line(text)}\n`))
  const options: AuditOptions = {
    url,
    htu: values.htu,
    method: values.method === undefined ? undefined : readMethodOption('--method', values.method),
    fields,
    body,
    client,
    clientKey,
    tokens: await readTokensOption(values, client, clientKey, terminal.env, display),
    settings,
    only,
    otherMethods: values['all-methods'] ? 'sent' : 'not sent',
    requestsPerSecond: rate,
    timeoutSeconds: timeout,
    secrets: values['show-secrets'] ? 'shown' : 'hidden',
  }
  const style = { paint: painter(terminal), display, verbose: values.verbose === true }
  if (values['dry-run']) {
    terminal.stdout.write(writePlan(await planAudit(options), style))
    return 0
  }
  // An audit takes minutes.
  for (const [name, file] of filesOf(values)) await checkReportFile(`--${name}`, file)
  const report = await auditServer(options)
  for (const [name, file] of filesOf(values)) await writeReportFile(`--${name}`, file, writers[name](report))
  terminal.stdout.write(writeTerminalReport(report, style))
  return exitCodeOf(report)
}

function checkOwner(text: string, owned: boolean): void {
  const url = readUrlOption('the URL to audit', text)
  if (isOnThisMachine(url) || owned) return
  throw new UsageError(
    `the audit sends attacks to ${url.host}, which is not this machine: if the server is yours, add --i-own-this-server`,
  )
}

function readSettings(names: readonly string[]): SettingName[] {
  return names.map((name) => {
    if (Object.hasOwn(settings, name)) return name as SettingName
    throw new UsageError(`--setting must be one of ${Object.keys(settings).join(', ')}`)
  })
}

function readOnly(patterns: readonly string[]): readonly string[] {
  const names = auditRows().map(({ name }) => name)
  for (const pattern of patterns) {
    if (names.some((name) => matchesName(name, pattern)) || pattern.startsWith('valid-alg-')) continue
    const near = nearest(pattern, names)
    throw new UsageError(`--only matches no request${near === undefined ? '' : `, did you mean ${near}?`}`)
  }
  return patterns
}

async function readClient(
  file: string | undefined,
  warn: (text: string) => void,
): Promise<{ client: ProofClient; clientKey: 'own' | 'made' }> {
  if (file === undefined) return { client: createProofClient(), clientKey: 'made' }
  const { client, notice } = await openKeyFile(file)
  if (notice !== undefined) warn(notice)
  return { client, clientKey: 'own' }
}

const writers = {
  html: writeHtmlReport,
  json: (report: AuditReport) => `${JSON.stringify({ format: 'dpop-inspect audit 1', ...report }, null, 1)}\n`,
  junit: writeJunitReport,
} as const

function filesOf(values: { [Name in keyof typeof writers]?: string | undefined }): [keyof typeof writers, string][] {
  return (['html', 'json', 'junit'] as const).flatMap((name): [typeof name, string][] => {
    const file = values[name]
    return file === undefined ? [] : [[name, file]]
  })
}

function exitCodeOf({ stopped, counts }: AuditReport): AuditExitCode {
  if (counts['must reject'] > 0) return 3
  if (stopped !== undefined || counts['not decided'] > 0) return 2
  return counts['should answer so'] > 0 ? 1 : 0
}
