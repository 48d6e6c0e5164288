import { storageSuite } from '@durably/conformance'
import { describe, it } from 'vitest'
import { newSubject } from './database.ts'

storageSuite({ runner: { describe, it }, create: async () => newSubject() })
