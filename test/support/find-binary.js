// Plain JavaScript, because the test command runs it before anything is built.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The path of a program. Servers live in `sbin`, which ordinary users do not have on their PATH.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findBinary(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
