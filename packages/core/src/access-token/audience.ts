import { invalidOption, isPrintableAscii, missingOption, readStringsOption } from '../option-readers.js'

/** The option `resource`: this API's identifier (RFC 8707 section 2). */
export function readResourceOption(value: unknown): string {
  if (value === undefined) throw missingOption('resource', "this API's URL, as its clients write it")
  const absolute = isPrintableAscii(value) && URL.canParse(value) && !value.includes('#')
  if (!absolute)
    throw invalidOption('resource', value, 'an absolute URI without fragment, such as https://api.example.com')
  return value
}

/** The option `audience`: accepted `aud` values. */
export function readAudienceOption(value: unknown, resource: string): readonly string[] {
  if (value === undefined) return Object.freeze([resource])
  return readStringsOption('audience', value, 'a string or a list of strings', (item) => item !== '')
}
