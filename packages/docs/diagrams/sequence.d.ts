export interface Arrow {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly detail?: string
  readonly kind?: 'good' | 'bad'
}
export interface Note {
  readonly at: number
  readonly note: string
}
export interface Sequence {
  readonly title: string
  readonly actors: readonly string[]
  readonly steps: readonly (Arrow | Note)[]
}
export function drawSequence(sequence: Sequence): string
