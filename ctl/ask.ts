// One question on the terminal, answered with one line.
import { createInterface } from 'node:readline';

/** The answer, or '' at the end of the input or when `signal` aborts. The question goes to stderr: stdout may be read by a program. */
export function askOnce(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const end = (answer: string): void => {
      lines.close();
      resolve(answer);
    };
    lines.once('close', () => resolve(''));
    lines.once('SIGINT', () => end(''));
    signal.addEventListener('abort', () => end(''));
    lines.question(question, end);
  });
}
