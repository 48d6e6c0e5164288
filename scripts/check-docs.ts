/**
 * Keeps the documentation true: links lead somewhere, every error code is explained, and samples are compiled, against the
 * sources and against what would be published. Needs `pnpm build` first.
 *
 * A block fenced with `ts` is a module of its own. Words after it say more: `ts continued` goes on with the last module, `ts run`
 * is executed as well and has to end by itself, `ts aside` is a module that nothing goes on with, `ts browser` is one for a page,
 * `ts sketch` is not compiled.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '..')
/** Inside the docs package, so that samples find what an application would have installed. */
const SAMPLES = join(ROOT, 'docs/.samples')
const RUN_LIMIT_MS = 60_000
/** What there is in a page. */
const PAGE: ts.CompilerOptions = {
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
  types: [],
}

interface Sample {
  readonly page: string
  readonly path: string
  readonly run: boolean
  readonly aside: boolean
  readonly browser: boolean
  /** Blocks stand on the lines they have on the page, so that a position in one is a position in the other. */
  readonly lines: string[]
}

const pages = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|\.changeset|\.turbo|\.samples)$|CHANGELOG\.md$/.test(path),
})
const samples = pages.flatMap(samplesOf)
const problems = [...pages.flatMap(brokenLinks), ...unexplainedCodes()]

mkdirSync(SAMPLES, { recursive: true })
try {
  for (const { path, lines } of samples) writeFileSync(path, `${lines.join('\n')}\n`)
  const forNode = samples.filter(({ browser }) => !browser)
  const forPages = samples.filter(({ browser }) => browser)
  problems.push(
    ...typeErrors(forNode, {}),
    ...typeErrors(forNode, { customConditions: [], skipLibCheck: false }),
    ...typeErrors(forPages, PAGE),
    // sqlocal names types of packages that are optional to it, so what it brings along cannot be checked.
    ...typeErrors(forPages, { ...PAGE, customConditions: [] }),
  )
  if (problems.length === 0) problems.push(...samples.filter(({ run }) => run).flatMap(runErrors))
} finally {
  rmSync(SAMPLES, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
const ran = samples.filter(({ run }) => run).length
console.log(
  `${pages.length} pages: links lead somewhere, ${samples.length} samples compile, ${ran} of them ran.`,
)

function samplesOf(page: string): Sample[] {
  const found: Sample[] = []
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, words] = /^```ts\b(.*)$/.exec(lines[at] ?? '') ?? []
    if (words === undefined) continue
    const end = lines.indexOf('```', at)
    const body = lines.slice(at + 1, end)
    const previous = found.findLast(({ aside }) => !aside)
    if (words.includes('continued') && previous) {
      previous.lines.push(...Array<string>(at + 1 - previous.lines.length).fill(''), ...body)
    } else if (!words.includes('sketch')) {
      const path = join(SAMPLES, `${page.replaceAll('/', '-')}.${at + 1}.ts`)
      found.push({
        page,
        path,
        run: words.includes('run'),
        aside: words.includes('aside') || words.includes('browser'),
        browser: words.includes('browser'),
        lines: [...Array<string>(at + 1).fill(''), ...body],
      })
    }
    at = end
  }
  return found
}

function typeErrors(compiled: readonly Sample[], differences: ts.CompilerOptions): string[] {
  const configPath = join(ROOT, 'tsconfig.json')
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configPath, ts.sys.readFile).config,
    ts.sys,
    ROOT,
  )
  // Every sample is a module, also one that imports nothing.
  const options = { ...config.options, moduleDetection: ts.ModuleDetectionKind.Force, ...differences }
  const program = ts.createProgram(
    compiled.map(({ path }) => path),
    options,
  )
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    if (!file) return message
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0)
    const page = samples.find(({ path }) => path === file.fileName)?.page
    return `${page ?? relative(ROOT, file.fileName)}:${line + 1}: ${message}`
  })
}

function runErrors({ page, path }: Sample): string[] {
  const cwd = mkdtempSync(join(tmpdir(), 'durably-docs-'))
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@durably/source', path], {
      cwd,
      encoding: 'utf8',
      timeout: RUN_LIMIT_MS,
    })
    return status === 0 ? [] : [`${page}: a sample ended with ${status ?? 'a timeout'}\n${stdout}${stderr}`]
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function brokenLinks(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
    .map((target) => `${page}: the link to ${target} leads nowhere.`)
}

function unexplainedCodes(): string[] {
  const union = readFileSync(join(ROOT, 'packages/core/src/errors.ts'), 'utf8')
  const codes = [...union.matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(([, code = '']) => code)
  const explained = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_]+)`/gm)].map(
    ([, code = '']) => code,
  )
  return [
    ...codes.filter((code) => !explained.includes(code)).map((code) => `docs/errors.md: ${code} is missing.`),
    ...explained
      .filter((code) => !codes.includes(code))
      .map((code) => `docs/errors.md: there is no ${code}.`),
  ]
}
