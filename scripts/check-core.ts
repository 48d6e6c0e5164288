/**
 * Core runs on every host and brings nothing along. Checked here: its manifest, its sources, and what was built from them.
 * Needs `pnpm build` first.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const CORE = join(import.meta.dirname, '../packages/core')
/** What the host gives core, all of it declared in `src/defaults`. Timers are looked up on `globalThis`. */
const HOST_GLOBALS = ['AbortController', 'performance', 'console']
/** Ways to the host that the type checker lets pass, since the language itself has them. */
const HIDDEN_SOURCES = ['globalThis', 'Date.now', 'Math.random', 'eval']
/** TypeScript's "Cannot find name …", plain and with advice on what to install. */
const UNKNOWN_NAME = new Set([2304, 2318, 2552, 2580, 2581, 2582, 2584, 2591, 2592, 2593])

const problems = [...inManifest(), ...inSources(), ...inBuild()]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log('Core has no dependencies, its build imports nothing, and only src/defaults touches the host.')

function inManifest(): string[] {
  const manifest = JSON.parse(readFileSync(join(CORE, 'package.json'), 'utf8')) as Record<
    string,
    object | undefined
  >
  return ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies']
    .filter((field) => Object.keys(manifest[field] ?? {}).length > 0)
    .map((field) => `packages/core/package.json: "${field}" must be absent.`)
}

/** The type checker refuses undeclared globals in sources; left to find are declarations and what the language offers. */
function inSources(): string[] {
  const files = listFiles(join(CORE, 'src'), (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  return files
    .filter((path) => !path.startsWith(join(CORE, 'src/defaults')))
    .flatMap((path) => {
      const found: string[] = []
      const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
      const report = (node: ts.Node, what: string) => {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
        found.push(`${path}:${line + 1}: ${what} belongs in src/defaults; take it from a port.`)
      }
      const visit = (node: ts.Node): void => {
        const text = node.getText(file)
        if ((ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) && HIDDEN_SOURCES.includes(text)) {
          report(node, text)
        }
        if (ts.isNewExpression(node) && /^new Date(\(\))?$/.test(text)) report(node, text)
        if (ts.isVariableStatement(node) || ts.isFunctionDeclaration(node)) {
          const ambient = node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)
          if (ambient) report(node, text)
        }
        ts.forEachChild(node, visit)
      }
      visit(file)
      return found
    })
}

/** Compiled as plain JavaScript with nothing but the language declared, every other name is the host's. */
function inBuild(): string[] {
  const files = listFiles(join(CORE, 'dist'), (path) => path.endsWith('.js'))
  if (files.length === 0) return ['packages/core/dist is empty: run "pnpm build" first.']
  const program = ts.createProgram(files, {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2024.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  })
  return files.flatMap((path) => {
    const file = program.getSourceFile(path)
    const imports = ts.preProcessFile(readFileSync(path, 'utf8'), true, true).importedFiles
    const bare = imports.filter(({ fileName }) => !fileName.startsWith('.'))
    const unknown = program
      .getSemanticDiagnostics(file)
      .filter(({ code }) => UNKNOWN_NAME.has(code))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
      .filter((message) => !HOST_GLOBALS.includes(/'([^']+)'/.exec(message)?.[1] ?? ''))
    return [
      ...bare.map(({ fileName }) => `${path}: imports "${fileName}"; core must import nothing.`),
      ...unknown.map((message) => `${path}: ${message}`),
    ]
  })
}

function listFiles(folder: string, wanted: (path: string) => boolean): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(wanted)
}
