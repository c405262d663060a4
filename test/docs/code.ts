import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const repository = new URL('../../', import.meta.url)

/** The JavaScript of a page, block by block. Blocks of `ts` are those that do not run everywhere. */
export function readCode(document: string, language: 'js' | 'ts' = 'js'): string[] {
  const page = readFileSync(new URL(document, repository), 'utf8')
  const blocks = page.matchAll(/```(js|ts)\n(.*?)```/gs)
  return Array.from(blocks).flatMap(([, name, code = '']) => (name === language ? [code] : []))
}

/** Variables that snippets read from the environment. Each is a new secret. */
export const environment: Readonly<Record<string, string>> = {
  DPOP_NONCE_SECRET: randomBytes(32).toString('base64url'),
  CLIENT_SECRET: randomBytes(32).toString('base64url'),
}

/** The exports of the first block of a page that contains this string. */
export async function importCode<Exports>(document: string, text: string, language?: 'js' | 'ts'): Promise<Exports> {
  const [code, other] = readCode(document, language).filter((block) => block.includes(text))
  if (code === undefined) throw new Error(`${document} has no code with ${JSON.stringify(text)}`)
  if (other !== undefined) throw new Error(`${document} has several blocks of code with ${JSON.stringify(text)}`)
  // Inside the repository, so that imports find the packages by name.
  const folder = new URL('.tmp/imported/', repository)
  const file = fileURLToPath(new URL(`${randomUUID()}.${language ?? 'js'}`, folder))
  mkdirSync(folder, { recursive: true })
  // For the decorators of Nest.
  writeFileSync(new URL('tsconfig.json', folder), '{ "compilerOptions": { "experimentalDecorators": true } }')
  writeFileSync(file, code)
  Object.assign(process.env, environment)
  try {
    return await import(file)
  } finally {
    rmSync(file)
  }
}
