import { readFile } from 'node:fs/promises'
import { UsageError } from './terminal.js'

/** Where an access token comes from. On a command line others on this machine can see it. */
export interface AccessTokenSource {
  readonly token?: string | undefined
  readonly 'token-file'?: string | undefined
}

export const accessTokenVariable = 'DPOP_ACCESS_TOKEN'

const token68 = /^[A-Za-z0-9._~+/-]+=*$/

/** RFC 9110 section 11.2: the form of every token that can stand in an Authorization field. */
export function isToken68(text: string): boolean {
  return token68.test(text)
}

/** The token, where one is given. No error shows it, nor what may be one that was given to the wrong option. */
export async function readAccessToken(
  { token, 'token-file': file }: AccessTokenSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (token !== undefined && file !== undefined) throw new UsageError('give --token or --token-file, not both')
  if (file !== undefined) return readToken68('--token-file', await readTokenFile(file))
  return token === undefined
    ? readToken68(accessTokenVariable, env[accessTokenVariable] ?? '')
    : readToken68('--token', token)
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--token-file cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function readToken68(source: string, text: string): string | undefined {
  const token = text.trim().replace(/^(?:DPoP|Bearer) +/i, '')
  if (token === '') return undefined
  if (isToken68(token)) return token
  throw new UsageError(
    `${source} holds no access token: one line of letters, digits and -._~+/ is expected, with "=" at its end only`,
  )
}
