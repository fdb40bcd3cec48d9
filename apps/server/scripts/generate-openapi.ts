/** Writes `openapi.json` from the endpoints. Run: `pnpm --filter @bowline/gitops-server generate:openapi` */
import { writeFile } from 'node:fs/promises';
import { openapiText } from './openapi-document.ts';

await writeFile(new URL('../openapi.json', import.meta.url), openapiText());
