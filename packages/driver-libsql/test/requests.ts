import type { NewRun } from '@durably/core'

export const NOW = 1_767_225_600_000

export const NEW_RUN: NewRun = {
  jobName: 'job',
  inputJson: '{}',
  idempotencyKey: null,
  concurrencyKey: null,
  labels: null,
  readyAt: null,
  originId: null,
}
