import { engineSuite } from '@durably/conformance'
import { describe, it } from 'vitest'
import { newSubject } from './database.ts'

// Fewer lives than in Node: each opens several tabs.
engineSuite({ runner: { describe, it }, create: async () => newSubject(), lives: 10 })
