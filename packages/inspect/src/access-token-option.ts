import { readOptionFile } from './option-values.js'
import { UsageError } from './terminal.js'

/** The options with an access token. Other users of this machine can see a command line. */
export interface AccessTokenSource {
  readonly token?: string | undefined
  readonly 'token-file'?: string | undefined
}

export const accessTokenVariable = 'DPOP_ACCESS_TOKEN'

const token68 = /^[A-Za-z0-9._~+/-]+=*$/

/** RFC 9110 section 11.2: the form of every token in an Authorization field. */
export function isToken68(text: string): boolean {
  return token68.test(text)
}

/** The token; undefined if there is none. No error shows it, nor a value that may be a token in the wrong option. */
export async function readAccessToken(
  { token, 'token-file': file }: AccessTokenSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (token !== undefined && file !== undefined) throw new UsageError('use --token or --token-file, not both')
  if (token !== undefined) return readToken68('--token', token)
  if (file !== undefined) return readToken68('--token-file', (await readOptionFile('--token-file', file)).toString())
  const variable = env[accessTokenVariable] ?? ''
  return variable.trim() === '' ? undefined : readToken68(accessTokenVariable, variable)
}

function readToken68(source: string, text: string): string {
  const token = text.trim().replace(/^(?:DPoP|Bearer) +/i, '')
  if (token === '') throw new UsageError(`${source} is empty`)
  if (isToken68(token)) return token
  throw new UsageError(
    `${source} has no access token: it must be one line of letters, digits and -._~+/, with "=" only at its end`,
  )
}
