import type { Coordination } from '@durably/core'
import type { Tab } from './tab.ts'

/** The tab that leads executes runs; all tabs hear what happens to them. */
export function tabCoordination(tab: Tab): Coordination {
  return {
    campaign: (engine) => tab.campaign(engine),
    broadcast: (message) => tab.peers.announce({ type: 'relay', message }),
    hasAudience: () => tab.peers.hasAudience,
    onMessage: (listener) => tab.peers.onRelay(listener),
  }
}
