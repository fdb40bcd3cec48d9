import { toJsonSchema } from '@valibot/to-json-schema';
import { configSchema } from '../src/schema.ts';

/** Makes the text of `schema.json`. The same schema gives the same bytes. */
export function schemaText(): string {
  const { $schema, ...schema } = toJsonSchema(configSchema, { errorMode: 'throw' });
  const document = {
    $schema,
    $id: 'https://bowline.dev/schemas/gitops.yaml.json',
    title: 'gitops.yaml',
    description: 'Settings of Bowline for a project. Secrets are named here, never written here.',
    ...schema,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
