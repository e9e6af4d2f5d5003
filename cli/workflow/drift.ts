/** `make drift` for a workflow: the report goes to the run's summary, and its figures to the step's outputs. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { findDrift } from '../commands/drift.ts';
import { type DriftReport, driftText, exitStatus } from '../drift/report.ts';
import { expectedError } from '../output/user-error.ts';

/** Longest report that is handed on, in characters: an issue holds 65536. */
const limit = 60_000;

/** The report in Markdown. Backquotes in it must not end the block it stands in. */
export function markdown(report: DriftReport): string {
  const text = driftText(report);
  const shown = text.length > limit ? `${text.slice(0, limit)}\n(cut: "make drift" shows the rest)` : text;
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}\n`;
}

/** The lines of the step's outputs: whether anything differs, how many certificates are due, and the report. */
export function stepOutputs(report: DriftReport, mark: string): string {
  const { program, machines, renewals } = report;
  return [
    `differs=${program.length + machines.length > 0}`,
    `renewals=${renewals.length}`,
    `report<<${mark}`,
    `${markdown(report)}${mark}`,
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  try {
    const report = await findDrift(process.env.HARDWAY_STACK ?? '');
    console.log(driftText(report));
    const { GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output } = process.env;
    if (summary) appendFileSync(summary, markdown(report));
    if (output) appendFileSync(output, stepOutputs(report, randomUUID()));
    // What differs is told by an issue; what could not be looked at, by a failed run.
    process.exitCode = exitStatus(report) === 2 ? 2 : 0;
  } catch (error) {
    console.error(error instanceof Error ? (expectedError(error) ? error.message : error.stack) : String(error));
    process.exitCode = 2;
  }
}
