import { engineSuite } from '@durably/conformance'
import { describe, it } from 'vitest'
import { newSubject } from './database.ts'

engineSuite({ runner: { describe, it }, create: async () => newSubject() })
