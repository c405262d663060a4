import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean | undefined }
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined }
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends a command that would run until the process is stopped. Default: only the process ends it. */
  readonly stop?: AbortSignal | undefined
}

export type Paint = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string

/** Colours on a terminal only: not in a pipe, and not with NO_COLOR. */
export function painter({ stdout, env }: Terminal): Paint {
  const colours = stdout.isTTY === true && (env.NO_COLOR ?? '') === ''
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
}

/** Wrong use of a command: one line on standard error, and exit code 2. */
export class UsageError extends Error {}

const maxInputBytes = 1024 * 1024

export async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxInputBytes) throw new UsageError(`standard input has more than ${maxInputBytes} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
