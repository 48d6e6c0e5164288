import { expect, it } from 'vitest'
import type { EventBus } from '../src/events/bus.ts'
import type { PluginHost } from '../src/index.ts'
import { resolveLimits } from '../src/limits.ts'
import { createPluginSet, type PluginServices } from '../src/plugins/plugin-set.ts'

it('a subscription that a plugin has taken back is forgotten: the teardown knows nothing of it', async () => {
  let takenBack = 0
  const bus = { on: () => () => void takenBack++ } as unknown as EventBus
  const plugins = createPluginSet({} as PluginServices, bus, () => undefined, resolveLimits({}))
  let off: ReturnType<PluginHost['on']> | undefined
  plugins.add({
    name: 'plugin',
    setup: (host) => {
      off = host.on('run:complete', () => undefined)
    },
  })
  off?.()
  await plugins.tearDown()
  expect(takenBack).toBe(1)
})
