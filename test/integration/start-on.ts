import type { DpopGuardOptions } from '@dpop-guard/express'
import { vi } from 'vitest'
import { type Scene, startApi } from '../support/guarded-api.js'
import type { ApiParts, CreateApi } from './frameworks.js'

export interface StartOptions extends Omit<Partial<ApiParts>, 'guard'> {
  /** Options to add to those of every guard in these tests. */
  guard?: Partial<Scene> & Pick<DpopGuardOptions, 'onRejected'>
}

/** Starts this framework's API until the test is finished. By default its routes name the caller. */
export async function startOn(createApi: CreateApi, options: StartOptions = {}) {
  const handle = vi.fn<ApiParts['handle']>(options.handle ?? (({ getAuth }) => ({ for: getAuth().subject })))
  const api = await startApi((scene) => createApi({ ...options, guard: { ...scene, ...options.guard }, handle }))
  return { api, handle }
}
