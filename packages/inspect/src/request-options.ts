/** Options that say what a request holds, as in curl. */
import { readOptionFile } from './option-values.js'
import { UsageError } from './terminal.js'

/** RFC 9110 section 5. */
const fieldLine = /^([!#$%&'*+.^`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/

export function readHeadersOption(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const [, name = '', value = ''] = fieldLine.exec(line) ?? []
    // Not shown: it may hold credentials.
    if (name === '') throw new UsageError('-H takes "Name: value", in one line, without control characters')
    if (/^dpop$/i.test(name) || (/^authorization$/i.test(name) && /^dpop\b/i.test(value))) {
      throw new UsageError(
        '-H takes no proof and no access token: the command makes the proof, and --token-file takes the token',
      )
    }
    headers.append(name, value)
  }
  return headers
}

/** The string itself, or after "@" the bytes of a file, as in curl. */
export async function readDataOption(data: string | undefined): Promise<string | Uint8Array<ArrayBuffer> | undefined> {
  return data?.startsWith('@') ? new Uint8Array(await readOptionFile('the file in --data', data.slice(1))) : data
}
