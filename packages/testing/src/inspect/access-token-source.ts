import { readFile } from 'node:fs/promises'
import { UsageError } from './terminal.js'

/** Where an access token comes from. On a command line others on this machine can see it. */
export interface AccessTokenSource {
  readonly token?: string | undefined
  readonly 'token-file'?: string | undefined
}

export const accessTokenVariable = 'DPOP_ACCESS_TOKEN'

export async function readAccessToken(
  { token, 'token-file': file }: AccessTokenSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (token !== undefined && file !== undefined) throw new UsageError('give --token or --token-file, not both')
  const text = file === undefined ? (token ?? env[accessTokenVariable]) : await readFile(file, 'utf8')
  const trimmed = text?.trim().replace(/^(?:DPoP|Bearer) +/i, '')
  return trimmed === '' ? undefined : trimmed
}
