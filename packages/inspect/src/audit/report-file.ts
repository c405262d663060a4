/** A report tells where a server is weak, so that only its owner may read it. */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { unusableFile } from '../option-values.js'
import { UsageError } from '../terminal.js'

const { O_WRONLY, O_CREAT } = constants
// Windows does not have it.
const O_NOFOLLOW: number = constants.O_NOFOLLOW ?? 0
const ownerOnly = 0o600

/** Throws a UsageError for a symbolic link to a file: the report would be at another place than the option says. */
export async function checkReportFile(option: string, path: string): Promise<void> {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
  if (isLink && !(await isDevice(path))) {
    throw new UsageError(`${option} names a symbolic link: name the file itself, or another one`)
  }
}

/** `/dev/stdout`, a terminal, a pipe. */
const isDevice = (path: string) =>
  stat(path).then(
    (stats) => !stats.isFile(),
    () => false,
  )

/** Writes a file that only its owner can read, also if it is there and others can read it. Follows no symbolic link to a file. */
export async function writeReportFile(option: string, path: string, text: string): Promise<void> {
  await checkReportFile(option, path)
  let file: FileHandle | undefined
  try {
    const followed = (await isDevice(path)) ? 0 : O_NOFOLLOW
    file = await open(path, O_WRONLY | O_CREAT | followed, ownerOnly)
    if ((await file.stat()).isFile()) {
      // Before anything is in it.
      await file.truncate()
      await file.chmod(ownerOnly)
    }
    await file.writeFile(text)
  } catch (error) {
    throw unusableFile(`${option} cannot be written`, error)
  } finally {
    await file?.close()
  }
}
