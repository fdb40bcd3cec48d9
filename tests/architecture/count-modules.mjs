// Prints what importing a module loads, as JSON: `node --conditions=@bowline/source count-modules.mjs NAME`.
import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const started = performance.now();
await import(process.argv[2]);
const milliseconds = performance.now() - started;
process.stdout.write(JSON.stringify({ milliseconds, loaded }));
