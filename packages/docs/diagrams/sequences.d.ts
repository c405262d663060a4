import type { Sequence } from './sequence.js'

export const sequences: Readonly<Record<string, Sequence>>
