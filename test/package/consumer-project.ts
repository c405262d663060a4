/** Projects that install the packed packages, as a user would. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installPacked, type PackageName, root, run } from './packed.js'

const tsc = join(root, 'node_modules/.bin/tsc')

export interface Consumer {
  /** The folder in which the project is made. */
  directory: string
  name: string
  /** A folder whose files are copied into it. */
  files: string
  tarballs: Record<PackageName, string>
  packages: readonly PackageName[]
  /** Its other dependencies, with their versions. */
  others: Record<string, string>
}

/** Returns the path of the project. */
export async function installConsumer({
  directory,
  name,
  files,
  tarballs,
  packages,
  others,
}: Consumer): Promise<string> {
  const path = join(directory, name)
  await mkdir(path)
  await cp(files, path, { recursive: true })
  await installPacked({ path, tarballs, packages, dependencies: others })
  return path
}

/** Compiler errors of one program of the project; empty if it compiles. */
export async function compile(
  path: string,
  file: string,
  options: Record<string, boolean | string[]>,
): Promise<string> {
  const config = join(path, `tsconfig.${file}.${Object.values(options).join('.')}.json`)
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }))
  return run(tsc, ['-p', config, '--pretty', 'false'], { cwd: path }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
}
