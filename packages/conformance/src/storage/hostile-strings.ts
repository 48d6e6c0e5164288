import { expectEqual } from '../expect.ts'
import type { DefineCase } from './storage-case.ts'
import { NOW, newStep } from './workbench.ts'

/** Text that means something to a database, a query language, a prototype or a number parser. */
const HOSTILE = [
  "'",
  '"',
  "x'); DROP TABLE durably_runs; --",
  '; DELETE FROM durably_steps',
  '%',
  '_',
  '\\',
  '?1',
  ':name',
  '$.a[0]',
  '[1,2]',
  '{"a":1}',
  '007',
  '1.0',
  '1e3',
  '9007199254740993',
  '-0',
  'null',
  'NULL',
  'true',
  ' padded ',
  'ünï©ødé 漢字 👩‍👩‍👧',
  'e\u0301 \u00e9',
  '\u202eright to left',
  '__proto__',
  'constructor',
  'x'.repeat(255),
]

/** Text is text, wherever it stands. */
export function hostileStringCases(define: DefineCase): void {
  define('hostile text comes back as it was, in every field of a run', async (bench) => {
    const stored = await bench.storage.enqueue(HOSTILE.map(runOf), NOW)
    for (const [index, { run, created }] of stored.entries()) {
      const text = HOSTILE[index] ?? ''
      const seen = [created, run.jobName, run.idempotencyKey, run.concurrencyKey, run.inputJson]
      expectEqual(seen, [true, text, text, text, JSON.stringify(text)], `the run of ${text}`)
      expectEqual(
        JSON.parse(run.labelsJson ?? ''),
        JSON.parse(`{${JSON.stringify(text)}:${JSON.stringify(text)}}`),
        'the labels',
      )
      expectEqual(await bench.read(run.id), run, `the stored run of ${text}`)
    }
  })

  define('hostile text finds what has exactly this text', async (bench) => {
    const stored = await bench.storage.enqueue(HOSTILE.map(runOf), NOW)
    for (const [index, { run }] of stored.entries()) {
      const text = HOSTILE[index] ?? ''
      const [again] = await bench.storage.enqueue([runOf(text)], NOW)
      expectEqual(again, { run, created: false }, `the run under the key ${text}`)
      expectEqual(await bench.list({ jobNames: [text] }), [run.id], `the runs of job ${text}`)
      expectEqual(await bench.list({ labels: runOf(text).labels }), [run.id], `the runs labelled ${text}`)
      expectEqual(
        await bench.list({ jobNames: [text], cursor: text }).then(() => 'listed'),
        'listed',
        'a hostile cursor',
      )
      expectEqual(await bench.storage.getRun(text), null, `the run with the id ${text}`)
      expectEqual(
        await bench.claimIds({ jobNames: [text], claimId: `claim ${text}` }),
        [run.id],
        `a claim of ${text}`,
      )
    }
  })

  define('hostile text comes back as it was, in steps, progress, results and logs', async (bench) => {
    const { storage } = bench
    for (const text of HOSTILE) {
      const { lease } = await bench.start({ jobName: text })
      const json = JSON.stringify({ [text]: text })
      await storage.recordStep(lease, newStep({ name: text, digest: text, outputJson: json }), NOW)
      await storage.recordStep(
        lease,
        newStep({ name: text, status: 'failed', position: 1, errorJson: json }),
        NOW,
      )
      await storage.recordProgress(lease, json, NOW)
      await storage.appendLogs([
        { ...lease, stepName: text, level: 'error', message: text, dataJson: json, createdAt: NOW },
      ])
      await storage.settle(lease, { status: 'completed', outputJson: json }, NOW)
      const run = await bench.read(lease.runId)
      expectEqual([run.progressJson, run.outputJson], [json, json], `progress and output of ${text}`)
      const steps = (await storage.getSteps(run.id)).map((step) => [
        step.name,
        step.digest,
        step.outputJson ?? step.errorJson,
      ])
      expectEqual(
        steps,
        [
          [text, text, json],
          [text, '', json],
        ],
        `the steps of ${text}`,
      )
      const [line] = await storage.getLogs(run.id, { limit: 1, cursor: null })
      expectEqual(
        [line?.stepName, line?.message, line?.dataJson],
        [text, text, json],
        `the log line of ${text}`,
      )
    }
  })

  define('a log line with half a character, as cutting leaves it, can be read', async (bench) => {
    const { lease } = await bench.start()
    await bench.storage.appendLogs([
      { ...lease, stepName: null, level: 'info', message: 'cut \ud83d', dataJson: null, createdAt: NOW },
    ])
    const [line] = await bench.storage.getLogs(lease.runId, { limit: 1, cursor: null })
    expectEqual(line?.message.toWellFormed(), 'cut \ufffd', 'the message')
  })

  define('a large value comes back as it was', async (bench) => {
    const json = JSON.stringify('aé漢👍'.repeat(200_000))
    const { lease } = await bench.start({ inputJson: json })
    await bench.storage.recordStep(lease, newStep({ outputJson: json }), NOW)
    expectEqual((await bench.read(lease.runId)).inputJson === json, true, 'the input is the same text')
    expectEqual(
      (await bench.storage.getSteps(lease.runId))[0]?.outputJson === json,
      true,
      'the output is the same text',
    )
  })

  define('times from the first to the last day a Date knows are kept exactly', async (bench) => {
    for (const time of [1, 2 ** 31, 2 ** 32 + 1, 8_640_000_000_000_000]) {
      const run = await bench.trigger({ readyAt: time })
      expectEqual((await bench.read(run.id)).dueAt, time, 'the due time')
    }
  })
}

function runOf(text: string) {
  const labels: Record<string, string> = Object.fromEntries([[text, text]])
  return {
    jobName: text,
    inputJson: JSON.stringify(text),
    idempotencyKey: text,
    concurrencyKey: text,
    labels,
    readyAt: null,
    originId: text,
  }
}
