/** A fault the person at the keyboard can act on: the message says what is wrong and what to do next. */
export class LabError extends Error {
  override name = 'LabError';
}
