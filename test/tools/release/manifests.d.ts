export interface Package {
  readonly path: string
  readonly folder: string
  readonly manifest: { readonly name: string; readonly version?: string; readonly [member: string]: unknown }
}
export function readPackages(root: string): Package[]
export function readPublished(root: string): Package[]
export function setVersion(root: string, version: string): void
export function findReleaseProblems(root: string, tag: string): string[]
export function setRepository(root: string, url: string): void
