import { figureOf, isMet, type Outcome, ratio } from './outcome.ts'
import { nameOf } from './run-trial.ts'
import type { Bar, Role } from './trial.ts'

const HEADINGS = [
  'workload',
  'durability',
  'Durably',
  'compared with',
  'ratio',
  '@coji/durably',
  'ratio',
  'openworkflow',
  'ratio',
  'bar',
  '',
]

/** The result table, in Markdown. Ratios are Durably's figure divided by the other's; `÷ 40` is a fortieth of it. */
export function table(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map((outcome) => {
    const durably = figureOf(outcome, 'durably')
    const compared = outcome.results.find(({ entrant }) => entrant.role === 'raw' || entrant.role === 'self')
    const ratioTo = (role: Role) => showRatio(ratio(durably, figureOf(outcome, role)))
    const comparedValue = compared === undefined ? null : figureOf(outcome, compared.entrant.role)
    return [
      outcome.row.title,
      outcome.trial.durability,
      `${show(durably)} ${outcome.row.unit}`.trim(),
      compared === undefined || comparedValue === null
        ? ''
        : `${show(comparedValue)} ${nameOf(compared.entrant)}`,
      compared === undefined ? '' : ratioTo(compared.entrant.role),
      show(figureOf(outcome, 'peer')),
      ratioTo('peer'),
      show(figureOf(outcome, 'other')),
      ratioTo('other'),
      outcome.row.bars.map(showBar).join(', '),
      verdict(outcome),
    ]
  })
  return [HEADINGS, HEADINGS.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function verdict(outcome: Outcome): string {
  const verdicts = outcome.row.bars.map((bar) => isMet(outcome, bar))
  if (verdicts.includes(false)) return '**missed**'
  return verdicts.includes(null) ? '?' : 'met'
}

function showBar({ against, atLeast, atMost }: Bar): string {
  const other = against === 'nothing' ? '' : ` ${against}`
  if (atLeast !== undefined) return `≥ ${atLeast}${other === '' ? '' : ` ×${other}`}`
  if (atMost === undefined) return ''
  if (other === '') return `≤ ${atMost}`
  return atMost < 1 ? `≤${other} ÷ ${Math.round(1 / atMost)}` : `≤ ${atMost} ×${other}`
}

function showRatio(value: number | null): string {
  if (value === null) return ''
  return value < 0.1 && value > 0 ? `÷ ${show(1 / value)}` : `${show(value)} ×`
}

function show(value: number | null): string {
  if (value === null) return ''
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}
