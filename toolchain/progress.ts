import { Listr } from 'listr2';

/** One piece of work that is shown while it runs. */
export interface Job {
  /** "kube-apiserver 1.36.4". */
  title: string;
  /** "building" or "downloading". */
  verb: string;
  /** Undefined where it depends on the network. */
  expectedSeconds?: number;
  run(): Promise<void>;
}

/** "45 s" or "about 3 min". */
export function formatExpected(seconds: number): string {
  return seconds < 90 ? `${Math.max(5, Math.round(seconds / 5) * 5)} s` : `${Math.round(seconds / 60)} min`;
}

/** "171 s". */
export function formatElapsed(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}

const expectation = (job: Job) =>
  job.expectedSeconds === undefined ? '' : ` (expected about ${formatExpected(job.expectedSeconds)})`;

/** How work is shown: `first` and `total` number the jobs over several calls. */
export interface Display {
  line(text: string): void;
  runAll(jobs: readonly Job[], numbering: { first: number; total: number }, concurrency: number): Promise<void>;
}

/** Runs `work` on every item, `limit` at once; after a failure nothing new is started, and the first error is thrown. */
export async function pool<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const errors: unknown[] = [];
  const worker = async () => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      await work(items[index] as T, index).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}

/** A line at the start and the end of each job and one every 30 s in between, for logs and pipes. */
export function lineDisplay(write: (text: string) => void, heartbeatMs = 30_000): Display {
  return {
    line: write,
    runAll: (jobs, { first, total }, concurrency) =>
      pool(jobs, concurrency, async (job, index) => {
        const label = `[${first + index}/${total}] ${job.title}`;
        const started = Date.now();
        write(`${label}: ${job.verb}${expectation(job)}…`);
        const heartbeat = setInterval(() => {
          const of = job.expectedSeconds === undefined ? '' : ` of about ${formatExpected(job.expectedSeconds)}`;
          write(`${label}: still ${job.verb}, ${formatElapsed(Date.now() - started)}${of}`);
        }, heartbeatMs);
        try {
          await job.run();
        } finally {
          clearInterval(heartbeat);
        }
        write(`${label}: done in ${formatElapsed(Date.now() - started)}`);
      }),
  };
}

/** A list that is redrawn in place, for terminals. */
export function terminalDisplay(write: (text: string) => void): Display {
  return {
    line: write,
    runAll: async (jobs, { first, total }, concurrency) => {
      const list = new Listr(
        jobs.map((job, index) => ({
          title: `[${first + index}/${total}] ${job.title}: ${job.verb}${expectation(job)}`,
          task: async (_context: unknown, task: { output: string; title: string }) => {
            const started = Date.now();
            const clock = setInterval(() => {
              task.output = `${formatElapsed(Date.now() - started)}${expectation(job)}`;
            }, 1000);
            try {
              await job.run();
              task.title = `[${first + index}/${total}] ${job.title}: done in ${formatElapsed(Date.now() - started)}`;
            } finally {
              clearInterval(clock);
            }
          },
        })),
        { concurrent: concurrency, exitOnError: true, rendererOptions: { collapseSubtasks: false } },
      );
      await list.run();
    },
  };
}

/** The display that suits standard output. */
export function defaultDisplay(write: (text: string) => void = (text) => console.log(text)): Display {
  return process.stdout.isTTY && !process.env.CI ? terminalDisplay(write) : lineDisplay(write);
}
