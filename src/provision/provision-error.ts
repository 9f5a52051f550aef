/** Something the person at the keyboard can mend. The message is for them: what is wrong and what to do next. */
export class ProvisionError extends Error {
  override readonly name = 'ProvisionError';
}
