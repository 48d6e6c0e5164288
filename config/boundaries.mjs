/**
 * Who may import whom, checked by `pnpm check:boundaries`. A type import counts like any other: it binds two files just as
 * much for whoever reads them.
 */

/** Which packages the sources of a package may import. A package that matches none may import none. */
const PACKAGES = {
  core: [],
  'storage-kysely': ['core'],
  'synchronous-driver': ['core', 'storage-kysely'],
  'driver-[^/]+': ['core', 'storage-kysely', 'synchronous-driver'],
  'plugin-[^/]+': ['core'],
  conformance: ['core', 'storage-kysely'],
}

/** Core from the bottom up: a file imports from its own layer and from those above it in this list, never from below. */
const CORE_LAYERS = [
  '(describe|errors|json|duration|options|limits|recorded|settings)\\.ts',
  '(run|ports)/',
  'defaults/',
  'job/',
  'events/',
  '(client|engine|plugins)/',
  '(instance|durably|index)\\.ts',
]

const TEST = '(/test/|\\.test(-d)?\\.ts$|\\.config\\.ts$)'
const ENTRY = '^packages/[^/]+/src/(testing/)?index\\.ts$'
const CORE = '^packages/core/src/'

const directionOfPackages = Object.entries(PACKAGES).flatMap(([name, allowed]) => {
  const rule = (suffix, from, packages) => ({
    name: `direction-${name.replace('-[^/]+', '')}${suffix}`,
    comment: `packages/${name} may import: ${packages.join(', ') || 'no other package'}.`,
    severity: 'error',
    from: { path: `^packages/(${name})/`, ...from },
    to: { path: '^packages/', pathNot: ['^packages/$1/', `^packages/(${packages.join('|') || '-'})/`] },
  })
  return [
    rule('', { pathNot: TEST }, allowed),
    // Drivers and plugins prove themselves with the conformance suites, in their tests only.
    rule('-tests', {}, name === 'core' ? allowed : [...allowed, 'conformance']),
  ]
})

const directionInCore = CORE_LAYERS.slice(0, -1).map((layer, index) => ({
  name: `core-layer-${index + 1}`,
  comment: `core/src/${layer} lies below what it imports here.`,
  severity: 'error',
  from: { path: `${CORE}${layer}`, pathNot: TEST },
  to: { path: CORE_LAYERS.slice(index + 1).map((below) => `${CORE}${below}`) },
}))

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other cannot be understood, tested or moved one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...directionOfPackages,
    {
      name: 'no-deep-imports',
      comment: 'Another package is imported by its name and entry points, never by the files behind them.',
      severity: 'error',
      from: { path: '^(packages|examples|bench|e2e|docs)/([^/]+)/' },
      to: { path: '^packages/', pathNot: [ENTRY, '^$1/$2/'] },
    },
    {
      name: 'nothing-imports-applications',
      comment: 'Examples, benchmarks and end-to-end tests are leaves.',
      severity: 'error',
      from: { path: '^(packages|examples|bench|e2e)/' },
      to: { path: '^(examples|bench|e2e)/', pathNot: '^$1/' },
    },
    ...directionInCore,
    {
      name: 'client-and-engine-apart',
      comment: 'Putting work in and taking it out meet in the storage only.',
      severity: 'error',
      from: { path: `${CORE}(client|engine)/`, pathNot: TEST },
      to: { path: `${CORE}(client|engine)/`, pathNot: `${CORE}$1/` },
    },
    {
      name: 'testing-knows-ports-only',
      comment: 'What core offers for tests implements ports; it needs nothing of the engine.',
      severity: 'error',
      from: { path: `${CORE}testing/`, pathNot: TEST },
      to: {
        path: CORE_LAYERS.slice(3).map((layer) => `${CORE}${layer}`),
        pathNot: `${CORE}events/events\\.ts$`,
      },
    },
    {
      name: 'core-stands-alone',
      comment: 'Core has no dependencies and runs on every host.',
      severity: 'error',
      from: { path: CORE, pathNot: TEST },
      to: { pathNot: CORE },
    },
    {
      name: 'no-development-dependencies-in-sources',
      comment:
        'What sources import at run time is installed with the package: a dependency or a peer dependency.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@durably/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
