// @ts-check

/** Node's limit for all header fields of a request. */
const maxLength = 16 * 1024

/** Nothing, white space, control characters, and the characters that separate parts of a header or URL. */
export const separators = [
  ...['', ' ', '\t', '\0', '\x7f', '\xff'],
  ...[',', ';', ':', '=', '.', '/', '\\', '?', '#', '%', '@'],
]

const common = [
  ...separators,
  ...['\r', '\n', '\xc3\xa9', '..'],
  ...[
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '{}',
    '[]',
    'null',
    'true',
    '0',
    '-1',
    '1e999',
    '1.5',
    '""',
    '\\u0000',
    '\\ud800',
    '\\"',
  ],
  ...['__proto__', 'constructor', 'toString', '"__proto__":', '%00', '%2e', '%2F', '%zz', '\xef\xbb\xbf'],
]

/**
 * Changes a string a few times: characters, parts, words, parts of other strings, numbers, length.
 *
 * @param {string} text
 * @param {import('./random.js').Random} random
 * @param {readonly string[]} words
 * @param {readonly string[]} others
 */
export function mutate(text, random, words, others) {
  let mutated = text
  for (let count = 1 + random.below(4); count > 0; count--) mutated = mutateOnce(mutated, random, words, others)
  return mutated.slice(0, maxLength)
}

/**
 * @param {string} text
 * @param {import('./random.js').Random} random
 * @param {readonly string[]} words
 * @param {readonly string[]} others
 */
function mutateOnce(text, random, words, others) {
  const at = random.below(text.length + 1)
  const length = random.below(random.below(4) === 0 ? 64 : 4)
  const replace = (/** @type {string} */ inserted, removed = length) =>
    text.slice(0, at) + inserted + text.slice(at + removed)
  switch (random.below(10)) {
    case 0:
      return replace(String.fromCharCode(random.below(256)), 1)
    case 1:
      return replace(String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))), 1)
    case 2:
      return replace('')
    case 3:
      return replace(text.slice(at, at + length), 0)
    case 4:
      return replace(random.pick(common), random.below(2))
    case 5:
    case 6:
      return replace(random.pick(words))
    case 7: {
      const other = random.pick(others)
      const start = random.below(other.length + 1)
      return replace(other.slice(start, start + random.below(200)))
    }
    case 8:
      return text.replace(/\d+/g, (number) =>
        random.below(3) === 0 ? String(Number(number) + random.below(7) - 3) : number,
      )
    default:
      return replace(random.pick(words).repeat(1 + random.below(random.below(20) === 0 ? 2000 : 20)), 0)
  }
}
