import { inspect } from 'node:util'

// Each reader takes an option's full name and its value, and throws a TypeError that names both. `undefined` always means that
// the option was left out. An option error has one of three forms: missing, conflicting, invalid.

/** The error for an option that was left out. `meaning` says what to set it to. */
export function missingOption(name: string, meaning: string): TypeError {
  return new TypeError(`dpop-guard: option "${name}" is required: ${meaning}`)
}

/** The error for an option that the other options do not allow. `need` says what it needs of them. */
export function conflictingOptions(name: string, need: string): TypeError {
  return new TypeError(`dpop-guard: "${name}" needs ${need}`)
}

/** The error for a value that an option cannot have. */
export function invalidOption(name: string, value: unknown, expected: string, cause?: ErrorOptions): TypeError {
  return hiddenOption(name, expected, show(value), cause)
}

/** The error for a value that an option cannot have, and that may be secret. `received` describes the value. */
export function hiddenOption(
  name: string,
  expected: string,
  received = 'a value that is not shown',
  cause?: ErrorOptions,
): TypeError {
  return new TypeError(`dpop-guard: "${name}" must be ${expected}, got ${received}`, cause)
}

/** Shows a value in one line, with strings in double quotes. Runs none of the value's own code, because it may throw. */
function show(value: unknown): string {
  const shown = inspect(value, {
    depth: 0,
    maxStringLength: 60,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    customInspect: false,
  })
  return shown.replace(quoted, (string, inner: string | undefined) =>
    inner === undefined ? string : `"${inner.replace(/"/g, '\\"')}"`,
  )
}

/** A string as `inspect` writes it: in single quotes, unless the string has one. */
const quoted = /'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/gs

/** The items of a list, with `undefined` for each hole. Undefined if the value is not a list, or cannot be read. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(value) ? [...value] : undefined
  } catch {
    return undefined
  }
}

/** Reads one member of an object of options. If the object's own code throws, throws a TypeError that names the member. */
export function readMemberOption(name: string, value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch (error) {
    throw hiddenOption(memberName(name, key), 'readable', 'an error', { cause: error })
  }
}

/** The object of all options has no name of its own. */
function objectName(name: string): string {
  return name === '' ? 'options' : name
}

function memberName(name: string, key: string): string {
  return name === '' ? key : `${name}.${key}`
}

function keysOf(name: string, value: object): readonly string[] {
  try {
    return Array.isArray(value) ? [] : Object.keys(value)
  } catch (error) {
    throw hiddenOption(objectName(name), 'readable', 'an error', { cause: error })
  }
}

/**
 * Reads an object of options. Unknown members throw a TypeError that suggests the nearest name. Returns a copy, for which each
 * member was read once, so that the guard uses exactly what it checked.
 */
export function readObjectOption(
  name: string,
  value: unknown,
  known: readonly string[],
  otherNames: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const keys = typeof value === 'object' && value !== null ? keysOf(name, value) : []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(objectName(name), value, 'an object')
  }
  for (const key of keys) {
    if (known.includes(key)) continue
    const near = Object.hasOwn(otherNames, key) ? otherNames[key] : nearest(key, known)
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${memberName(name, near)}"?`
    throw new TypeError(`dpop-guard: unknown option "${memberName(name, key)}", ${hint}`)
  }
  return Object.fromEntries(known.map((key) => [key, readMemberOption(name, value, key)]))
}

/** Both ends included. */
interface Range {
  min: number
  max: number
}

export function readSecondsOption(name: string, value: unknown, fallback: number, { min, max }: Range): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalidOption(name, value, `a number of seconds from ${min} to ${max}`)
  }
  return value
}

export function readWholeNumberOption(name: string, value: unknown, fallback: number, { min, max }: Range): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(name, value, `a whole number from ${min} to ${max}`)
  }
  return value
}

export function readChoiceOption<Choice extends string>(
  name: string,
  value: unknown,
  fallback: Choice,
  choices: readonly Choice[],
): Choice {
  if (value === undefined) return fallback
  const choice = choices.find((item) => item === value)
  if (choice === undefined) throw invalidOption(name, value, oneOf(choices))
  return choice
}

/** `"a", "b" or "c"`. */
function oneOf(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `"${choice}"`)
  return [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].join(' or ')
}

/** Default false. */
export function readFlagOption(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw invalidOption(name, value, 'true or false')
  return value === true
}

export function readFunctionOption<F extends (...args: never[]) => unknown>(
  name: string,
  value: unknown,
): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw invalidOption(name, value, 'a function')
  return value as F | undefined
}

const printableAscii = /^[\x20-\x7e]+$/

/** Whether this value can be in the quoted parameter of a header. */
export function isPrintableAscii(value: unknown): value is string {
  return typeof value === 'string' && printableAscii.test(value)
}

/** Reads one string, or a list of one string or more. `isValid` must accept each of them. */
export function readStringsOption(
  name: string,
  value: unknown,
  expected: string,
  isValid: (item: string) => boolean,
): readonly string[] {
  const list = listOf(value) ?? [value]
  const strings = list.filter((item) => typeof item === 'string' && isValid(item)) as string[]
  if (list.length === 0 || strings.length !== list.length) throw invalidOption(name, value, expected)
  // Frozen, because hooks and subscribers of diagnostics receive it.
  return Object.freeze(strings)
}

/** Reads a list of one or more of the `choices`. */
export function readSubsetOption<Choice extends string>(
  name: string,
  value: unknown,
  fallback: readonly Choice[],
  choices: readonly Choice[],
): readonly Choice[] {
  if (value === undefined) return fallback
  const list = listOf(value) ?? []
  // In the caller's order, which is the order in which clients see them.
  const chosen = list.flatMap((item) => choices.filter((choice) => choice === item))
  if (list.length === 0 || chosen.length !== list.length) {
    throw invalidOption(name, value, `a list of some of ${choices.join(', ')}`)
  }
  return chosen
}

/** The known name that is nearest to a misspelt one. Undefined if no name is near. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
  const [best] = ranked.sort((a, b) => a.distance - b.distance)
  const startsAlike = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase()))
  if (best !== undefined && best.distance <= Math.max(2, Math.ceil(key.length / 3))) return best.name
  return startsAlike
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, y] of [...b].entries()) {
      const substituted = (row[j] ?? 0) + (x === y ? 0 : 1)
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
