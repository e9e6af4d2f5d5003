/** An error that a person can act on: what failed, and the next step. Printed without a stack. */
export class ToolchainError extends Error {
  readonly nextStep: string;

  constructor(message: string, nextStep: string) {
    super(`${message}\n  next step: ${nextStep}`);
    this.name = 'ToolchainError';
    this.nextStep = nextStep;
  }
}
