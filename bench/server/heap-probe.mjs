/** Loaded into the server by the benchmark: on SIGUSR2 it collects garbage and says how much of the heap is left, in MiB. */
import process from 'node:process';

process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  process.stdout.write(`heap ${process.memoryUsage().heapUsed / 1_048_576}\n`);
});
