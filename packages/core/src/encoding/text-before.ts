/**
 * The part of a string before the first of some characters, or all of it. `indexOf` is some thirty times as fast as a regular
 * expression with these characters, which matters for a stranger's 16 KB.
 */
export function textBefore(text: string, characters: readonly string[]): string {
  let end = text.length
  for (const character of characters) {
    const at = text.indexOf(character)
    if (at !== -1 && at < end) end = at
  }
  return text.slice(0, end)
}
