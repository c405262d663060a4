/** An issuer's documents without a server: global `fetch` finds them by URL. */
import { onTestFinished, vi } from 'vitest'

/** The documents by URL. Any other URL answers 404. */
export type IssuerDocuments = Readonly<Record<string, () => Response>>

/** Serves the documents until the test is finished. Returns the requested URLs. */
export function serveDocuments(documents: IssuerDocuments): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    return documents[url]?.() ?? new Response(null, { status: 404 })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  return asked
}
