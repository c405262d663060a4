import { readFile } from 'node:fs/promises'
import { UsageError } from './terminal.js'

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EISDIR: 'it is a directory',
  EACCES: 'that is not allowed',
}

/** Reads the file that was given for `option`. No error shows its name, for which a token may have been taken. */
export async function readOptionFile(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw unusableFile(`${option} cannot be read`, error)
  }
}

export function unusableFile(what: string, error: unknown): UsageError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  const meaning = meanings[code]
  return new UsageError(`${what}: ${meaning === undefined ? code : `${meaning} (${code})`}`)
}
