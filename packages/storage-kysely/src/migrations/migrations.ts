import { FIRST_TABLES } from './0001-first-tables.ts'
import type { Migration } from './migration.ts'

/** All migrations, oldest first. There is no way back: a database is as new as the newest program that migrated it. */
export const MIGRATIONS: readonly Migration[] = [FIRST_TABLES]
