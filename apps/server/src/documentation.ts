import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { DocumentationFile, ServerDependencies } from './dependencies.ts';

const types: Readonly<Record<DocumentationFile, string>> = {
  'openapi.json': 'application/json; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'redoc.standalone.js': 'text/javascript; charset=utf-8',
};

const swaggerStart = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });`;
const redocStart = `Redoc.init('/openapi.json', { disableSearch: true, hideDownloadButton: false }, document.getElementById('page'));`;

interface Page {
  readonly path: string;
  readonly title: string;
  readonly style: string;
  readonly script: DocumentationFile;
  readonly start: string;
}

const pages: readonly Page[] = [
  {
    path: '/docs',
    title: 'Bowline API',
    style: '<link rel="stylesheet" href="/docs/swagger-ui.css">\n',
    script: 'swagger-ui-bundle.js',
    start: swaggerStart,
  },
  {
    path: '/redoc',
    title: 'Bowline API reference',
    style: '',
    script: 'redoc.standalone.js',
    start: redocStart,
  },
];

/** Serves `/docs`, `/redoc` and `/openapi.json`. The pages load nothing from elsewhere, and are not allowed to. */
export function serveDocumentation(
  app: FastifyInstance,
  { readDocumentation }: Pick<ServerDependencies, 'readDocumentation'>,
): void {
  const access = { config: { access: 'public' as const } };
  app.get('/', access, async (_, reply) => reply.redirect('/docs', 307));
  for (const page of pages) {
    const html = pageOf(page);
    const policy = policyOf(page.start);
    app.get(page.path, access, async (_, reply) =>
      reply
        .header('content-security-policy', policy)
        .header('x-content-type-options', 'nosniff')
        .type('text/html; charset=utf-8')
        .send(html),
    );
  }
  for (const [file, type] of Object.entries(types) as [DocumentationFile, string][]) {
    let content: Promise<Uint8Array> | undefined;
    app.get(
      file === 'openapi.json' ? '/openapi.json' : `/docs/${file}`,
      access,
      async (_, reply) => {
        content ??= readDocumentation(file);
        const bytes = await content.catch((error: unknown) => {
          content = undefined;
          throw error;
        });
        return reply
          .header('cache-control', 'public, max-age=3600')
          .header('x-content-type-options', 'nosniff')
          .type(type)
          .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      },
    );
  }
}

function pageOf(page: Page) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:,">
${page.style}<style>body { margin: 0 }</style>
</head>
<body>
<div id="page"></div>
<script src="/docs/${page.script}"></script>
<script>${page.start}</script>
</body>
</html>
`;
}

/** Allows the files of this server, the one script that the page holds, and the styles that both viewers write into the page. */
function policyOf(script: string): string {
  const digest = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${digest}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
