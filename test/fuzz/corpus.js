// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @param {string} target */
const folderOf = (target) => fileURLToPath(new URL(`./corpus/${target}/`, import.meta.url))

/** The inputs that are kept for a target, one in each file. @param {string} target */
export function loadCorpus(target) {
  const folder = folderOf(target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, input: readFileSync(folder + name, 'latin1') }))
}

/** Keeps an input. Returns its path. @param {string} target @param {string} input @param {'input' | 'finding'} kind */
export function keep(target, input, kind) {
  const folder = folderOf(target)
  mkdirSync(folder, { recursive: true })
  const digest = createHash('sha256').update(input, 'latin1').digest('hex').slice(0, 12)
  writeFileSync(`${folder}${kind}-${digest}`, input, 'latin1')
  return `${folder}${kind}-${digest}`
}
