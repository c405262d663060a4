export interface Page {
  readonly title: string
  readonly source: string
  readonly path: string
}
export const sections: readonly { readonly title: string; readonly pages: readonly Page[] }[]
export const pages: readonly Page[]
export const entryPoints: readonly string[]
