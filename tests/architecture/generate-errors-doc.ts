// Writes docs/errors.md from the code tables of the packages: `pnpm docs:errors`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatErrorsDocument, loadErrorTables } from './error-tables.ts';
import { repositoryRoot } from './workspace.ts';

const document = formatErrorsDocument(await loadErrorTables());
await writeFile(join(repositoryRoot, 'docs/errors.md'), document);
