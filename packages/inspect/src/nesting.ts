const maxLevels = 64

export const tooDeep = `nested more than ${maxLevels} levels deep`

/** Whether a value out of JSON is one to walk through: what is nested without end exhausts the stack. */
export function isShallow(value: unknown, levels = maxLevels): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1))
}
