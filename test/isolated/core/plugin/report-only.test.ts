import { readPluginOptions } from '@dpop-guard/core/plugin'
import { expect, test, vi } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('a process with reportOnly warns once at start', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const { options } = createScene()
  readPluginOptions(options)
  expect(emitted).not.toHaveBeenCalled()
  readPluginOptions({ ...options, reportOnly: true })
  readPluginOptions({ ...options, reportOnly: true })
  expect(emitted.mock.calls).toEqual([
    [
      'dpop-guard: reportOnly is true, so every request passes, also without a token. Remove it when the rollout is done',
      { code: 'DPOP_GUARD_REPORT_ONLY' },
    ],
  ])
})
