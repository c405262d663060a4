export declare const survivors: readonly {
  readonly file: string
  readonly original: string
  readonly mutated: string
  readonly why: string
}[]
